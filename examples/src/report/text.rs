//! Text for a page: escaped, and numbers as people read them.

use std::time::Duration;

use deployment_core::Timestamp;

/// Text that can stand in HTML, also in an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A duration in the unit that fits it.
pub(super) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match duration.as_secs() {
        0 if seconds < 0.9995 => format!("{} ms", duration.as_millis()),
        0..60 => format!("{seconds:.1} s"),
        whole @ 60..3_600 => format!("{} min {:02} s", whole / 60, whole % 60),
        whole => format!("{} h {:02} min", whole / 3_600, whole % 3_600 / 60),
    }
}

/// Seconds on an axis that ends after `until` seconds.
pub(super) fn tick(seconds: f64, until: f64) -> String {
    match until {
        ..10.0 => format!("{seconds:.1} s"),
        ..120.0 => format!("{seconds:.0} s"),
        _ => format!("{:.1} min", seconds / 60.0),
    }
}

/// A time of day, to the second.
pub(super) fn date(at: Timestamp) -> String {
    let text = at.to_string();
    let whole = text.split_once('.').map_or(text.trim_end_matches('Z'), |(whole, _)| whole);
    format!("{} UTC", whole.replace('T', " "))
}

#[cfg(test)]
mod tests {
    use deployment_core::Timestamp;

    use super::{date, tick};

    #[test]
    fn neighbouring_ticks_differ() {
        assert_eq!([tick(0.5, 3.0), tick(30.0, 40.0), tick(90.0, 600.0)], ["0.5 s", "30 s", "1.5 min"]);
    }

    #[test]
    fn a_date_is_read_at_a_glance() {
        assert_eq!(date(Timestamp::from_millis(1_767_268_800_123)), "2026-01-01 12:00:00 UTC");
        assert_eq!(date(Timestamp::from_millis(1_767_268_800_000)), "2026-01-01 12:00:00 UTC");
    }
}
