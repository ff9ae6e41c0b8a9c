//! Charts as inline SVG.

use deployment_core::{Error, ErrorKind, Result, plan::Role};
use plotters::{
    chart::ChartBuilder,
    drawing::IntoDrawingArea,
    element::{Circle, PathElement},
    prelude::SVGBackend,
    series::{AreaSeries, LineSeries},
    style::{Color, RGBAColor, RGBColor, ShapeStyle},
};

use super::{series::Line, text::tick};

const SIZE: (u32, u32) = (960, 240);
const CANDIDATE: [RGBColor; 4] = [RGBColor(232, 119, 34), RGBColor(214, 69, 120), RGBColor(178, 130, 20), RGBColor(150, 90, 200)];
const STABLE: [RGBColor; 4] = [RGBColor(48, 127, 226), RGBColor(0, 150, 136), RGBColor(90, 120, 160), RGBColor(60, 160, 80)];
const VERDICT: RGBColor = RGBColor(211, 47, 47);
/// Reads well on white and on black.
const GREY: RGBColor = RGBColor(128, 128, 128);

/// What a chart shows.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    pub(super) lines: &'a [Line],
    /// The axis' end in seconds.
    pub(super) until: f64,
    /// The axis' end, at least.
    pub(super) at_least: f64,
    pub(super) unit: &'static str,
    /// When the way back was decided, in seconds.
    pub(super) verdict: Option<f64>,
    pub(super) filled: Filled,
}

/// Whether the space below a line is tinted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    Yes,
    No,
}

/// The colour of a line, as CSS writes it.
pub(super) fn css_colour(lines: &[Line], index: usize) -> String {
    let RGBColor(red, green, blue) = colour(lines, index);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn colour(lines: &[Line], index: usize) -> RGBColor {
    let role = lines.get(index).map_or(Role::Stable, |line| line.role);
    let palette = if role == Role::Candidate { CANDIDATE } else { STABLE };
    let nth = lines.iter().take(index).filter(|line| line.role == role).count();
    palette[nth % palette.len()]
}

/// Draws a chart.
pub(super) fn draw(chart: &Chart) -> Result<String> {
    let mut svg = String::new();
    draw_into(&mut svg, chart)
        .map_err(|error| Error::new(ErrorKind::Failed, "draw chart", "the chart could not be drawn").because(error.to_string()))?;
    // The page sets the size; the text takes the page's colour and font.
    let fixed = format!("<svg width=\"{}\" height=\"{}\"", SIZE.0, SIZE.1);
    Ok(svg.replacen(&fixed, "<svg role=\"img\"", 1))
}

fn draw_into(svg: &mut String, what: &Chart) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let (until, top) = (what.until.max(1.0), what.top());
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let mut chart = ChartBuilder::on(&root)
        .margin_top(12)
        .margin_right(24)
        .x_label_area_size(28)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..until, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(8)
        .y_labels(5)
        .bold_line_style(GREY.mix(0.25))
        .light_line_style(GREY.mix(0.0))
        .axis_style(GREY.mix(0.6))
        .label_style(("sans-serif", 13))
        .x_label_formatter(&|seconds| tick(*seconds, until))
        .y_label_formatter(&|value| what.label(*value))
        .draw()?;
    for (index, line) in what.lines.iter().enumerate() {
        let colour = colour(what.lines, index);
        for piece in &line.pieces {
            if what.filled == Filled::Yes {
                chart.draw_series(AreaSeries::new(piece.iter().copied(), 0.0, colour.mix(0.15)))?;
            }
            chart.draw_series(LineSeries::new(piece.iter().copied(), stroke(colour, 2)))?;
            if what.filled == Filled::No {
                chart.draw_series(piece.iter().map(|point| Circle::new(*point, 2, colour.filled())))?;
            }
        }
    }
    if let Some(at) = what.verdict {
        let dash = |n: u32| (f64::from(n) * top / 20.0, (f64::from(n) + 0.5) * top / 20.0);
        let dashes = (0..20).map(dash).map(|(from, to)| PathElement::new(vec![(at, from), (at, to)], stroke(VERDICT, 1)));
        chart.draw_series(dashes)?;
    }
    root.present()?;
    Ok(())
}

fn stroke(colour: RGBColor, width: u32) -> ShapeStyle {
    ShapeStyle { color: RGBAColor(colour.0, colour.1, colour.2, 1.0), filled: false, stroke_width: width }
}

impl Chart<'_> {
    fn top(&self) -> f64 {
        let highest = self.lines.iter().flat_map(Line::points).map(|(_, value)| value).fold(0.0, f64::max);
        if self.filled == Filled::Yes { self.at_least } else { self.at_least.max(highest * 1.1) }
    }

    fn label(&self, value: f64) -> String {
        let digits = usize::from(self.top() < 5.0);
        format!("{value:.digits$} {}", self.unit)
    }
}
