//! Ship changes safely.
