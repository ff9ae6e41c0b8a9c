//! Reading YAML text into a tree.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::{
    fault::Faults,
    node::{Entry, Node, Position, Value},
};

/// The deepest nesting. A validation needs nine.
const DEPTH: usize = 32;

/// The largest file, in bytes.
const SIZE: usize = 1024 * 1024;

/// The document in `text`; `None` and a fault if it is none.
///
/// Anchors, aliases and tags are refused: a validation is read by people first, and an alias can make a small file large.
pub(super) fn parse(text: &str, faults: &mut Faults) -> Option<Node> {
    let top = Position { line: 1, column: 1 };
    if text.len() > SIZE {
        faults.add(top, "", format!("the file has {} bytes; split it, {SIZE} are allowed", text.len()));
        return None;
    }
    let mut builder = Builder { open: Vec::new(), root: None };
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => builder.take(event, position(span), faults),
            Err(error) => {
                let mark = error.marker();
                let at = Position { line: mark.line(), column: mark.col() + 1 };
                faults.add(at, "", format!("this is not YAML: {}", error.info()));
                None
            }
        };
        step?;
    }
    if builder.root.is_none() {
        faults.add(top, "", "the file is empty; it needs a mapping with the fields validation and suites");
    }
    builder.root
}

fn position(span: Span) -> Position {
    Position { line: span.start.line(), column: span.start.col() + 1 }
}

/// Collects events into the lists and mappings that they belong to.
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
}

struct Open {
    at: Position,
    held: Held,
}

enum Held {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(Position, String)> },
}

impl Builder {
    /// One event; `None` after a fault that makes the rest meaningless.
    fn take(&mut self, event: Event<'_>, at: Position, faults: &mut Faults) -> Option<()> {
        match event {
            Event::Alias(_) => refuse(at, "an alias (*) is not allowed; write it out", faults),
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) if anchor > 0 => {
                refuse(at, "an anchor (&) is not allowed; leave it out", faults)
            }
            Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                refuse(at, "a tag (!) is not allowed; leave it out", faults)
            }
            Event::Scalar(text, style, ..) => {
                let text = text.into_owned();
                let value = if style == ScalarStyle::Plain { Value::Plain(text) } else { Value::Quoted(text) };
                self.place(Node { at, value }, faults)
            }
            Event::SequenceStart(..) => self.begin(at, Held::List(Vec::new()), faults),
            Event::MappingStart(..) => self.begin(at, Held::Map { entries: Vec::new(), key: None }, faults),
            Event::SequenceEnd | Event::MappingEnd => {
                let Open { at, held } = self.open.pop()?;
                let value = match held {
                    Held::List(items) => Value::List(items),
                    Held::Map { entries, .. } => Value::Map(entries),
                };
                self.place(Node { at, value }, faults)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => Some(()),
        }
    }

    fn begin(&mut self, at: Position, held: Held, faults: &mut Faults) -> Option<()> {
        if self.open.len() >= DEPTH {
            return refuse(at, "this is nested too deep; 32 levels are allowed", faults);
        }
        self.open.push(Open { at, held });
        Some(())
    }

    fn place(&mut self, node: Node, faults: &mut Faults) -> Option<()> {
        match self.open.last_mut().map(|open| &mut open.held) {
            None if self.root.is_some() => return refuse(node.at, "this is a second document; write one file for each", faults),
            None => self.root = Some(node),
            Some(Held::List(items)) => items.push(node),
            Some(Held::Map { entries, key }) => match key.take() {
                Some((at, name)) => {
                    if entries.iter().any(|entry| entry.key == name) {
                        faults.add(at, &name, "this field is there twice; keep one");
                    }
                    entries.push(Entry { at, key: name, value: node });
                }
                None => match node.value {
                    Value::Plain(text) | Value::Quoted(text) => *key = Some((node.at, text)),
                    Value::List(_) | Value::Map(_) => return refuse(node.at, "a field's name must be a text", faults),
                },
            },
        }
        Some(())
    }
}

fn refuse(at: Position, message: &str, faults: &mut Faults) -> Option<()> {
    faults.add(at, "", message);
    None
}
