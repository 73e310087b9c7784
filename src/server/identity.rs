//! Certificates of our own, beside those that are minted: the gateway's and the portal's. Others renew
//! them, and a renewed one is taken up while serving.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use tokio::time::sleep;
use x509_parser::prelude::{ASN1Time, FromDer as _, X509Certificate};
use zeroize::Zeroizing;

use crate::clock::{self, Time};
use crate::files::{self, FileError};
use crate::host::HostName;

/// No real chain is larger.
const CHAIN: u64 = 1 << 20;

/// A certificate of our own that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The certificate or its key cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The certificate or its key are no PEM.
    #[error("{what} {} is not PEM", path.display())]
    Pem {
        /// `the certificate of the gateway` and the like.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// They do not belong together, or the key is of a kind that TLS does not know.
    #[error("the key {} is of no use with the certificate {}", key.display(), certificate.display())]
    Useless {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// Clients will not accept it. It is shown all the same.
    #[error("{what} {} is one that clients refuse: {why}; put a better one in its place", path.display())]
    Refused {
        /// `the certificate of the gateway` and the like.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// Whose certificate it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose {
    /// That of DNS over TLS and HTTPS.
    Gateway,
    /// That of the portal's name.
    Portal,
}

impl Whose {
    fn certificate(self) -> &'static str {
        match self {
            Self::Gateway => "the certificate of the gateway",
            Self::Portal => "the certificate of the portal",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Gateway => "the key of the gateway",
            Self::Portal => "the key of the portal",
        }
    }
}

/// A certificate of our own, as it was when it was loaded.
pub(super) struct Identity {
    whose: Whose,
    certificate: PathBuf,
    key: PathBuf,
    loaded: Arc<CertifiedKey>,
}

impl Identity {
    /// Loads the chain and the key, both PEM, when there are any.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub(super) fn load(
        whose: Whose,
        files: Option<(PathBuf, PathBuf)>,
    ) -> Result<Option<Self>, IdentityError> {
        let load = |(certificate, key)| Self::load_pair(whose, certificate, key);
        files.map(load).transpose()
    }

    /// The same for what is to be shown: one that clients would refuse is better than none, and the log
    /// says so.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub(super) fn load_shown(
        whose: Whose,
        files: Option<(PathBuf, PathBuf)>,
        host: Option<&HostName>,
    ) -> Result<Option<Self>, IdentityError> {
        let loaded = Self::load(whose, files)?;
        if let Some(flaw) = loaded.as_ref().and_then(|own| own.flaw(host, clock::now())) {
            tracing::warn!("{flaw}");
        }
        Ok(loaded)
    }

    fn load_pair(whose: Whose, certificate: PathBuf, key: PathBuf) -> Result<Self, IdentityError> {
        let chain = files::read(whose.certificate(), &certificate, CHAIN)?;
        let secret = files::read_secret(whose.key(), &key)?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
        let not_pem = |what, path: &PathBuf| {
            let path = path.clone();
            move |source| IdentityError::Pem { what, path, source }
        };
        let chain = chain
            .and_then(
                |chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) },
            )
            .map_err(not_pem(whose.certificate(), &certificate))?;
        let secret = PrivateKeyDer::from_pem_slice(&secret).map_err(not_pem(whose.key(), &key))?;
        let secret = Zeroizing::new(secret);
        let useless = |source| IdentityError::Useless {
            certificate: certificate.clone(),
            key: key.clone(),
            source,
        };
        let signing = any_supported_type(&secret).map_err(useless)?;
        let loaded = CertifiedKey::new(chain, signing);
        match loaded.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
            Err(error) => return Err(useless(error)),
        }
        Ok(Self { whose, certificate, key, loaded: Arc::new(loaded) })
    }

    /// Why clients would refuse it at this time, as far as it can be known here: its time is not now, or
    /// it is not for the host, where that is known.
    pub(super) fn flaw(&self, host: Option<&HostName>, now: Time) -> Option<IdentityError> {
        let refused = |why: String| IdentityError::Refused {
            what: self.whose.certificate(),
            path: self.certificate.clone(),
            why,
        };
        let der = self.loaded.cert.first()?;
        let Ok((_, parsed)) = X509Certificate::from_der(der) else {
            return Some(refused("it cannot be read".to_owned()));
        };
        let now = ASN1Time::from_timestamp(now.unix()).ok()?;
        let validity = parsed.validity();
        if now > validity.not_after {
            return Some(refused(format!("it ended on {}", validity.not_after)));
        }
        if now < validity.not_before {
            return Some(refused(format!("it begins only on {}", validity.not_before)));
        }
        let host = host?;
        let name = ServerName::try_from(host.as_str()).ok()?;
        let is_for = ParsedCertificate::try_from(der)
            .is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok());
        (!is_for).then(|| refused(format!("it is not for `{host}`")))
    }
}

/// A certificate of our own in use. Safe for concurrent use.
pub(super) struct Kept(ArcSwap<Identity>);

impl Kept {
    pub(super) fn new(identity: Identity) -> Self {
        Self(ArcSwap::from_pointee(identity))
    }

    /// What a handshake shows.
    pub(super) fn shown(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.load().loaded)
    }

    /// Takes up a certificate that was renewed, for ever; one that is no good changes nothing.
    pub(super) async fn keep_fresh(&self, every: Duration) {
        loop {
            sleep(every).await;
            self.reload().await;
        }
    }

    async fn reload(&self) {
        let now = self.0.load_full();
        let (whose, certificate, key) = (now.whose, now.certificate.clone(), now.key.clone());
        let load = move || Identity::load_pair(whose, certificate, key);
        match tokio::task::spawn_blocking(load).await {
            Ok(Ok(new)) if new.loaded.cert != now.loaded.cert => {
                let file = new.certificate.display();
                tracing::info!(%file, "{} was renewed", whose.certificate());
                self.0.store(Arc::new(new));
            }
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "{} stays as it is", whose.certificate());
            }
            Ok(Ok(_)) | Err(_) => {}
        }
    }
}
