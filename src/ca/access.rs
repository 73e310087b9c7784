//! What opens the keys of an authority.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::CaError;
use super::key::read_passphrase;
use super::token::TokenPlace;
use crate::config;

/// What opens the keys of an authority, and where the issuing CA's is.
#[derive(Clone, Default)]
pub struct KeyAccess {
    /// The passphrase of encrypted key files.
    pub passphrase: Option<Zeroizing<Vec<u8>>>,
    /// The issuing CA's key, when it is not beside its certificate.
    pub key_file: Option<PathBuf>,
    /// The token that holds the issuing CA's key.
    pub token: Option<TokenPlace>,
}

impl KeyAccess {
    /// What the configuration of a server says.
    ///
    /// # Errors
    /// [`CaError`] when the passphrase cannot be read.
    pub fn of(config: &config::Ca) -> Result<Self, CaError> {
        let passphrase = config.passphrase_file.as_deref().map(read_passphrase).transpose()?;
        let token = config.pkcs11.as_ref().map(|token| TokenPlace {
            module: token.module.clone(),
            token: token.token.clone(),
            key: token.key.clone(),
            pin_file: token.pin_file.clone(),
        });
        Ok(Self { passphrase, key_file: config.key_file.clone(), token })
    }

    /// Key files in the folder of the authority.
    pub fn files(passphrase: Option<&Zeroizing<Vec<u8>>>) -> Self {
        Self { passphrase: passphrase.cloned(), ..Self::default() }
    }
}

impl fmt::Debug for KeyAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyAccess")
            .field("passphrase", &self.passphrase.as_ref().map(|_| "[elided]"))
            .field("key_file", &self.key_file)
            .field("token", &self.token)
            .finish()
    }
}
