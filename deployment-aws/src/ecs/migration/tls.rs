//! Whether an environment says that the database is spoken to by TLS.

/// Values of variables that demand it, by the variable. Source: libpq's `sslmode`, MySQL's `ssl-mode`.
const VARIABLES: [(&str, &[&str]); 3] = [
    ("PGSSLMODE", &["require", "verify-ca", "verify-full"]),
    ("MYSQL_SSL_MODE", &["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"]),
    ("DATABASE_SSL", &["require", "required", "true"]),
];

/// Parameters of a connection's URL that demand it, in any variable. Source: libpq, asyncpg, MySQL Connector, MongoDB's connection string.
const PARAMETERS: [(&str, &[&str]); 6] = [
    ("sslmode", &["require", "verify-ca", "verify-full"]),
    ("ssl", &["require", "required", "true", "verify-ca", "verify-full"]),
    ("tls", &["true"]),
    ("ssl-mode", &["required", "verify_ca", "verify_identity"]),
    ("sslMode", &["required", "verify_ca", "verify_identity"]),
    ("usessl", &["true"]),
];

/// Whether one of these variables demands it.
pub(super) fn is_demanded<'a>(environment: impl IntoIterator<Item = (&'a str, &'a str)>) -> bool {
    environment.into_iter().any(|(name, value)| by_variable(name, value) || by_parameter(value))
}

fn by_variable(name: &str, value: &str) -> bool {
    VARIABLES.iter().any(|(known, values)| name.eq_ignore_ascii_case(known) && is_one_of(value, values))
}

fn by_parameter(value: &str) -> bool {
    let parameters = value.split(['?', '&', ';', ' ']).filter_map(|part| part.split_once('='));
    parameters.into_iter().any(|(name, value)| {
        PARAMETERS.iter().any(|(known, values)| name.trim().eq_ignore_ascii_case(known) && is_one_of(value.trim(), values))
    })
}

fn is_one_of(value: &str, values: &[&str]) -> bool {
    values.iter().any(|known| value.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_demands_it_counts() {
        for demanded in [
            ("PGSSLMODE", "verify-full"),
            ("DATABASE_URL", "postgresql+asyncpg://app@db/orders?ssl=require"),
            ("DATABASE_URL", "postgres://app@db/orders?connect_timeout=5&sslmode=verify-ca"),
            ("DSN", "host=db sslmode=require"),
            ("MONGO_URL", "mongodb://db/?tls=true&replicaSet=rs0"),
            ("ConnectionString", "Server=db;SslMode=Required"),
        ] {
            assert!(is_demanded([demanded]), "{demanded:?}");
        }
        for lax in [
            ("PGSSLMODE", "prefer"),
            ("DATABASE_URL", "postgres://app@db/orders?sslmode=allow"),
            ("DATABASE_URL", "postgres://app@db/orders"),
            ("NOTE", "please require ssl"),
            ("DATABASE_URL", "postgres://app@db/orders?ssl=false"),
        ] {
            assert!(!is_demanded([lax]), "{lax:?}");
        }
    }
}
