//! A certificate authority of a test's own.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};

use super::process::{Folder, random};

/// An authority that no one else trusts.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate with its key, and that of its authority, as PEM.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    pub(crate) authority: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, format!("Authority {:x}", random()));
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().unwrap();
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(parameters, key), pem }
    }

    /// For these names or addresses, valid from 1975 to 4096.
    pub(crate) fn issue(&self, names: &[&str]) -> Certificate {
        self.issue_until(names, (4096, 1, 1))
    }

    /// For these names or addresses, until a year, month and day.
    pub(crate) fn issue_until(&self, names: &[&str], (year, month, day): (i32, u8, u8)) -> Certificate {
        let mut parameters = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, names.first().copied().unwrap_or("nobody"));
        parameters.not_after = date_time_ymd(year, month, day);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        Certificate { authority: self.pem.clone(), certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

/// Paths of the files of a certificate.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) authority: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Certificate {
    /// Writes them into a server's folder, the key for its owner only.
    pub(super) fn write(&self, folder: &Folder) -> Files {
        use std::os::unix::fs::PermissionsExt;
        let files = Files {
            authority: folder.write("authority.pem", &self.authority),
            certificate: folder.write("certificate.pem", &self.certificate),
            key: folder.write("key.pem", &self.key),
        };
        std::fs::set_permissions(&files.key, PermissionsExt::from_mode(0o600)).unwrap();
        files
    }
}
