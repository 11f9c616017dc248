//! Authorities and what they sign.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};

use crate::program::Desk;

/// Signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// When a certificate is valid.
#[derive(Clone, Copy)]
pub(crate) enum Valid {
    Now,
    NoMore,
    NotYet,
}

/// A certificate and its key as arguments.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    /// Its own certificate as a file.
    pub(crate) fn write(&self, desk: &Desk, name: &str) -> String {
        desk.write(name, self.0.pem())
    }

    /// A server's certificate for `host`, as `NAME.pem` and `NAME.key`.
    pub(crate) fn server(&self, desk: &Desk, name: &str, host: &str, valid: Valid) -> Pair {
        let usage = ExtendedKeyUsagePurpose::ServerAuth;
        self.sign(desk, name, (vec![host.to_owned()], usage), valid)
    }

    /// A client's certificate, likewise.
    pub(crate) fn client(&self, desk: &Desk, name: &str, valid: Valid) -> Pair {
        let usage = ExtendedKeyUsagePurpose::ClientAuth;
        self.sign(desk, name, (vec![], usage), valid)
    }

    fn sign(
        &self,
        desk: &Desk,
        name: &str,
        (hosts, usage): (Vec<String>, ExtendedKeyUsagePurpose),
        valid: Valid,
    ) -> Pair {
        let mut params = CertificateParams::new(hosts).expect("names of hosts");
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![usage];
        let (from, until) = match valid {
            Valid::Now => (2000, 2200),
            Valid::NoMore => (2000, 2001),
            Valid::NotYet => (2199, 2200),
        };
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Pair {
            certificate: desk.write(&format!("{name}.pem"), certificate.pem()),
            key: secret(desk, &format!("{name}.key"), &key.serialize_pem()),
        }
    }
}

/// Writes a file that others cannot read.
pub(crate) fn secret(desk: &Desk, name: &str, content: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let path = desk.write(name, content);
    let only_mine = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&path, only_mine).expect("it is ours");
    path
}

impl Pair {
    /// `--tls-cert` and `--tls-key` with it.
    pub(crate) fn args(&self) -> [&str; 4] {
        ["--tls-cert", &self.certificate, "--tls-key", &self.key]
    }
}
