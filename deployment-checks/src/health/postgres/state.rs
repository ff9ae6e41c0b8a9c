//! What the server says of itself.

use deployment_core::{Error, ErrorKind};
use tokio::time::Duration;
use tokio_postgres::SimpleQueryRow;

use super::session::Session;
use crate::health::{
    Limits,
    findings::{Look, Trouble},
};

/// PostgreSQL 14 has `pg_locks.waitstart`.
const OLDEST: f64 = 140_000.0;

const VERSION: &str = "SELECT current_setting('server_version_num') AS version";

/// Functions and views that everybody may read. For whom is no member of `pg_read_all_stats`, columns about others are NULL.
const STATE: &str = "
SELECT pg_is_in_recovery()::int AS replica,
  pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')::int AS sees_all,
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' OR (backend_type IS NULL AND datid IS NOT NULL)) AS used,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0) AS usable,
  (SELECT extract(epoch FROM max(clock_timestamp() - waitstart)) FROM pg_locks WHERE NOT granted) AS lock_wait,
  (SELECT count(*) FROM pg_locks WHERE NOT granted) AS waiting,
  (SELECT extract(epoch FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS transaction,
  (SELECT count(*) FROM pg_stat_wal_receiver) AS receivers,
  pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) AS unapplied,
  extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS replayed,
  r.senders, r.streaming, r.behind, r.late
FROM (SELECT count(*) AS senders, count(*) FILTER (WHERE state = 'streaming') AS streaming,
    max(extract(epoch FROM replay_lag)) FILTER (WHERE state IN ('streaming', 'catchup')) AS late,
    max(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, replay_lsn))
      FILTER (WHERE state IN ('streaming', 'catchup')) AS behind
  FROM pg_stat_replication) r";

/// The server's state, as one answer gives it.
#[derive(Debug)]
pub(super) struct State {
    pub(super) replica: bool,
    pub(super) sees_all: bool,
    pub(super) used: u32,
    pub(super) usable: u32,
    pub(super) waiting: u64,
    pub(super) lock_wait: Duration,
    pub(super) transaction: Duration,
    /// Whether a replica gets the log from its primary at this moment.
    pub(super) receives: bool,
    /// Of a replica: bytes of the log that it has and has not applied, and the age of what it applied last, if it applied any.
    pub(super) unapplied: u64,
    pub(super) lag: Option<Duration>,
    /// Those that follow this server.
    pub(super) senders: u32,
    pub(super) streaming: u32,
    pub(super) behind: u64,
    pub(super) late: Duration,
}

impl State {
    pub(super) async fn read(session: &Session<'_>) -> Look<Self> {
        let version = number(&session.row(VERSION).await?, "version")?.unwrap_or_default();
        if version < OLDEST {
            let fault = format!("the server's version is {}; 14 or later is needed", (version / 10_000.0).floor());
            return Err(Trouble::Blind(Error::new(ErrorKind::Unsupported, "look", fault)));
        }
        let row = session.row(STATE).await?;
        let count = |name| number(&row, name).map(|value| value.unwrap_or_default());
        let time = |name| number(&row, name).map(|value| value.map(seconds));
        let unapplied = count("unapplied")? as u64;
        let receives = count("receivers")? > 0.0;
        let caught_up = receives && unapplied == 0;
        Ok(Self {
            replica: count("replica")? > 0.0,
            sees_all: count("sees_all")? > 0.0,
            used: count("used")? as u32,
            usable: count("usable")? as u32,
            waiting: count("waiting")? as u64,
            lock_wait: time("lock_wait")?.unwrap_or_default(),
            transaction: time("transaction")?.unwrap_or_default(),
            receives,
            unapplied,
            // With nothing left to apply, the age of what came last only says that the primary is idle.
            lag: if caught_up { Some(Duration::ZERO) } else { time("replayed")? },
            senders: count("senders")? as u32,
            streaming: count("streaming")? as u32,
            behind: count("behind")? as u64,
            late: time("late")?.unwrap_or_default(),
        })
    }

    /// Whether it is a replica whose lag is no longer well.
    pub(super) fn lags_from(&self, limits: Limits<Duration>) -> bool {
        self.replica && self.lag.is_some_and(|lag| limits.judge(lag) != deployment_core::health::HealthStatus::Healthy)
    }

    /// The lag is what it was at both looks.
    pub(super) fn shorten_lag(&mut self, later: &Self) {
        self.lag = self.lag.min(later.lag);
        self.unapplied = self.unapplied.min(later.unapplied);
    }
}

/// A number, or nothing for NULL.
fn number(row: &SimpleQueryRow, name: &str) -> Look<Option<f64>> {
    let strange = || Trouble::down(format!("the server's {name} is not what PostgreSQL gives"));
    let text = row.try_get(name).map_err(|_| strange())?;
    text.map(|text| text.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(strange)).transpose()
}

/// Clocks that differ may give less than nothing.
fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value.max(0.0)).unwrap_or(Duration::MAX)
}
