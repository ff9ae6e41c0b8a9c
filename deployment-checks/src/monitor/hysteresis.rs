//! When a row of looks becomes a state. Pure.

use deployment_core::health::HealthStatus;

use super::State;

/// How many looks in a row it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Thresholds {
    pub(super) down: u32,
    pub(super) up: u32,
}

/// A check's state, and the rows that lead to the next one.
///
/// Looks that could not look neither count nor break a row: two failures with a lost look between them are two in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hysteresis {
    pub(super) state: State,
    healthy: u32,
    not_down: u32,
    not_healthy: u32,
    down: u32,
    unknown: u32,
}

impl Hysteresis {
    /// Not known yet. The first good look is enough to be up, as for a target that is new to a load balancer; a failed one before it is not.
    pub(super) fn new(thresholds: Thresholds) -> Self {
        let almost = thresholds.up.saturating_sub(1);
        Self { state: State::Unknown, healthy: almost, not_down: almost, not_healthy: 0, down: 0, unknown: 0 }
    }

    /// Takes one look (`None`: it could not look), and says how the check stood before if that changes.
    pub(super) fn take(&mut self, seen: Option<HealthStatus>, thresholds: Thresholds) -> Option<State> {
        let count = |row: &mut u32, holds: bool| *row = if holds { row.saturating_add(1) } else { 0 };
        count(&mut self.unknown, seen.is_none());
        if let Some(status) = seen {
            count(&mut self.healthy, status == HealthStatus::Healthy);
            count(&mut self.not_down, status != HealthStatus::Unhealthy);
            count(&mut self.not_healthy, status != HealthStatus::Healthy);
            count(&mut self.down, status == HealthStatus::Unhealthy);
        }
        let before = self.state;
        self.state = self.next(thresholds);
        (before != self.state).then_some(before)
    }

    fn next(&self, thresholds: Thresholds) -> State {
        if self.unknown > 0 {
            return if self.unknown >= thresholds.down { State::Unknown } else { self.state };
        }
        let worse = self.state == State::Up && self.not_healthy >= thresholds.down;
        let better = matches!(self.state, State::Down | State::Unknown) && self.not_down >= thresholds.up;
        if self.down >= thresholds.down {
            State::Down
        } else if self.healthy >= thresholds.up {
            State::Up
        } else if worse || better {
            State::Degraded
        } else {
            self.state
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a row of looks leads to: `h`ealthy, `d`egraded, `f`ailed, `u`nknown become `U`p, `D`egraded, down (`X`), unknown (`?`).
    fn states(down: u32, up: u32, looks: &str) -> String {
        let thresholds = Thresholds { down, up };
        let mut hysteresis = Hysteresis::new(thresholds);
        let after = |look| {
            let seen = match look {
                'h' => Some(HealthStatus::Healthy),
                'd' => Some(HealthStatus::Degraded),
                'f' => Some(HealthStatus::Unhealthy),
                _ => None,
            };
            hysteresis.take(seen, thresholds);
            match hysteresis.state {
                State::Up => 'U',
                State::Degraded => 'D',
                State::Down => 'X',
                State::Unknown => '?',
            }
        };
        looks.chars().map(after).collect()
    }

    #[test]
    fn two_failures_in_a_row_are_down_and_two_passes_are_up_again() {
        assert_eq!(states(2, 2, "hfffhh"), "UUXXXU");
    }

    #[test]
    fn flapping_changes_nothing() {
        assert_eq!(states(2, 2, "hfhfhfhf"), "UUUUUUUU");
        assert_eq!(states(2, 2, "ffhfhfhf"), "?XXXXXXX");
    }

    #[test]
    fn the_first_good_look_is_up_but_not_after_a_failed_one() {
        assert_eq!(states(2, 3, "h"), "U");
        assert_eq!(states(2, 3, "fhhh"), "???U");
        assert_eq!(states(2, 3, "d"), "D");
    }

    #[test]
    fn degraded_is_between_up_and_down() {
        assert_eq!(states(2, 2, "hddhh"), "UUDDU");
        assert_eq!(states(2, 2, "hdff"), "UUDX");
        assert_eq!(states(2, 2, "hffdd"), "UUXXD");
        assert_eq!(states(2, 2, "hffhd"), "UUXXD");
    }

    #[test]
    fn not_knowing_counts_for_nothing_and_breaks_no_row() {
        assert_eq!(states(2, 2, "hfuf"), "UUUX");
        assert_eq!(states(2, 2, "huf"), "UUU");
        assert_eq!(states(2, 2, "uuh"), "??U");
    }

    #[test]
    fn not_knowing_for_long_is_unknown_and_ends_where_it_began() {
        assert_eq!(states(2, 2, "huuh"), "UU?U");
        assert_eq!(states(2, 2, "hffuuf"), "UUXX?X");
        assert_eq!(states(2, 2, "hffuuhh"), "UUXX??U");
    }

    #[test]
    fn one_and_one_is_no_hysteresis() {
        assert_eq!(states(1, 1, "hfdhuh"), "UXDU?U");
    }
}
