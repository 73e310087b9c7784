//! The issuing CA's key in a PKCS#11 token: a smart card, an HSM, SoftHSM.
//!
//! The key is made in the token and never leaves it. Which of the keys with the configured label is
//! the CA's is found by a signature that the certificate's public key verifies, so that every renewed
//! key can have the same label.

mod error;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::CaError;
use super::key::{self, KeyKind};
use crate::{clock, random};
pub use error::TokenError;

/// More sessions than this are not kept: a token signs one after the other anyway.
const SESSIONS: usize = 4;
/// Each new login takes the token's time, and leaves are asked for all the time.
const BETWEEN_LOGINS: Duration = Duration::from_secs(1);
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

/// Where a key is in a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPlace {
    /// The PKCS#11 module, a shared library.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The label of the keys.
    pub key: String,
    /// The file with the user's PIN.
    pub pin_file: PathBuf,
}

impl fmt::Display for TokenPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in token `{}`", self.key, self.token)
    }
}

/// A key in a token. Safe for concurrent use, and goes on when the token was pulled out and put back.
pub(super) struct TokenKey {
    place: TokenPlace,
    kind: KeyKind,
    /// The bits of the public key.
    public: Vec<u8>,
    login: Mutex<Arc<Login>>,
    /// When the last new login was tried, and whether one more could do harm.
    tried: Mutex<Tried>,
}

/// The key by one login, with the sessions that sign by it.
struct Login {
    opened: Opened,
    handle: ObjectHandle,
    idle: Mutex<Vec<Session>>,
}

#[derive(Default)]
struct Tried {
    last: Option<Instant>,
    /// A PIN that was refused is not tried again: the token would lock itself.
    no_more: bool,
}

/// A token that the user is logged into. The session is kept: the last one to close logs out.
struct Opened {
    pkcs11: Pkcs11,
    slot: Slot,
    label: String,
    session: Mutex<Session>,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({})", self.place.token)
    }
}

impl TokenKey {
    fn new(place: &TokenPlace, kind: KeyKind, public: Vec<u8>, login: Login) -> Self {
        let (login, tried) = (Mutex::new(Arc::new(login)), Mutex::default());
        Self { place: place.clone(), kind, public, login, tried }
    }

    pub(super) fn kind(&self) -> KeyKind {
        self.kind
    }

    pub(super) fn public(&self) -> &[u8] {
        &self.public
    }

    /// Signs: ECDSA in DER, or RSA with PKCS#1.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let login = Arc::clone(&lock(&self.login));
        match login.sign(self.kind, message) {
            Err((attempt, error)) if is_lost(&error) => {
                let refused = || refused(&self.place.token, attempt, &error);
                let anew = self.log_in_anew(&login).ok_or_else(refused)??;
                let signed = anew.sign(self.kind, message);
                signed.map_err(|(attempt, error)| anew.opened.refused(attempt, &error))
            }
            signed => signed.map_err(|(attempt, error)| login.opened.refused(attempt, &error)),
        }
    }

    /// Logs in again once the login `lost` is no good any more; `None` when it is too early for that.
    fn log_in_anew(&self, lost: &Arc<Login>) -> Option<Result<Arc<Login>, TokenError>> {
        let mut tried = lock(&self.tried);
        let login = Arc::clone(&lock(&self.login));
        if !Arc::ptr_eq(&login, lost) {
            // Another thread did it meanwhile.
            return Some(Ok(login));
        }
        if tried.no_more
            || tried.last.is_some_and(|last| clock::ticks().duration_since(last) < BETWEEN_LOGINS)
        {
            return None;
        }
        tried.last = Some(clock::ticks());
        let opened = match Opened::new(&self.place, false) {
            Ok(opened) => opened,
            Err(CaError::Token(error)) => {
                tried.no_more = !matches!(
                    error,
                    TokenError::Absent { .. }
                        | TokenError::Module { .. }
                        | TokenError::Refused { .. }
                );
                return Some(Err(error));
            }
            // The PIN's file cannot be read any more.
            Err(other) => {
                let (label, code) = (self.place.token.clone(), other.to_string());
                return Some(Err(TokenError::Refused { label, attempt: "log in anew", code }));
            }
        };
        let absent = || TokenError::NoKey {
            label: self.place.token.clone(),
            key: self.place.key.clone(),
            certificate: "in use".into(),
        };
        let found = Login::find(opened, &self.place, self.kind, &self.public);
        Some(found.and_then(|found| found.ok_or_else(absent)).map(|found| {
            tracing::info!(token = self.place.token, "logged into the token anew");
            let found = Arc::new(found);
            *lock(&self.login) = Arc::clone(&found);
            found
        }))
    }
}

impl Login {
    fn new(opened: Opened, handle: ObjectHandle) -> Self {
        Self { opened, handle, idle: Mutex::default() }
    }

    /// The key with this label to which this public key belongs.
    fn find(
        opened: Opened,
        place: &TokenPlace,
        kind: KeyKind,
        public: &[u8],
    ) -> Result<Option<Self>, TokenError> {
        let session = lock(&opened.session);
        let template = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Label(place.key.clone().into()),
        ];
        let candidates = session
            .find_objects(&template)
            .map_err(|error| opened.refused("look for the key", &error))?;
        let challenge = random::octets::<32>().map_err(|_| TokenError::Refused {
            label: place.token.clone(),
            attempt: "prove the key",
            code: "the system has no random octets".to_owned(),
        })?;
        let own = |handle: &ObjectHandle| {
            let signed = sign(&session, *handle, kind, &challenge);
            signed.is_ok_and(|signed| key::verifies(kind, public, &challenge, &signed))
        };
        let handle = candidates.into_iter().find(own);
        drop(session);
        Ok(handle.map(|handle| Self::new(opened, handle)))
    }

    fn sign(&self, kind: KeyKind, message: &[u8]) -> Result<Vec<u8>, (&'static str, Error)> {
        let idle = lock(&self.idle).pop();
        let session = match idle {
            Some(session) => session,
            None => {
                let opened = self.opened.pkcs11.open_ro_session(self.opened.slot);
                opened.map_err(|error| ("open a session", error))?
            }
        };
        // After an error the session goes away: the token may have been pulled out meanwhile.
        let signed = sign(&session, self.handle, kind, message).map_err(|error| ("sign", error))?;
        let mut idle = lock(&self.idle);
        if idle.len() < SESSIONS {
            idle.push(session);
        }
        Ok(signed)
    }
}

/// Whether the token was pulled out, or put back since the login (PKCS #11 3.0 section 5.1).
fn is_lost(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::UserNotLoggedIn
                | RvError::SessionHandleInvalid
                | RvError::SessionClosed
                | RvError::DeviceRemoved
                | RvError::TokenNotPresent
                | RvError::ObjectHandleInvalid
                | RvError::KeyHandleInvalid
                | RvError::SlotIdInvalid,
            _
        )
    )
}

/// Opens the key whose public half is in `certificate`.
pub(super) fn open(
    place: &TokenPlace,
    spki: &[u8],
    certificate: &Path,
) -> Result<TokenKey, CaError> {
    let opened = Opened::new(place, false)?;
    let absent = || TokenError::NoKey {
        label: place.token.clone(),
        key: place.key.clone(),
        certificate: certificate.into(),
    };
    let (_, parsed) = SubjectPublicKeyInfo::from_der(spki).map_err(|_| absent())?;
    let kind = kind_of(&parsed).ok_or_else(absent)?;
    let public = parsed.subject_public_key.as_ref().to_vec();
    let login = Login::find(opened, place, kind, &public)?.ok_or_else(absent)?;
    Ok(TokenKey::new(place, kind, public, login))
}

/// Makes a key in the token, which cannot be read out.
pub(super) fn generate(place: &TokenPlace, kind: KeyKind) -> Result<TokenKey, CaError> {
    let opened = Opened::new(place, true)?;
    let session = lock(&opened.session);
    let label = Attribute::Label(place.key.clone().into());
    let id = Attribute::Id(random::octets::<16>()?.to_vec());
    let mut public = vec![
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Verify(true),
        label.clone(),
        id.clone(),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        label,
        id,
    ];
    let mechanism = match kind {
        KeyKind::P256 | KeyKind::P384 => {
            let curve = if kind == KeyKind::P256 { P256 } else { P384 };
            public.push(Attribute::EcParams(curve.to_vec()));
            Mechanism::EccKeyPairGen
        }
        KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => {
            let bits: std::ffi::c_ulong = match kind {
                KeyKind::Rsa4096 => 4096,
                KeyKind::Rsa3072 => 3072,
                _ => 2048,
            };
            public.push(Attribute::ModulusBits(bits.into()));
            public.push(Attribute::PublicExponent(vec![1, 0, 1]));
            Mechanism::RsaPkcsKeyPairGen
        }
    };
    let refused = |error: &Error| opened.refused("make a key", error);
    let (half, handle) = session
        .generate_key_pair(&mechanism, &public, &private)
        .map_err(|error| refused(&error))?;
    let wanted = [AttributeType::EcPoint, AttributeType::Modulus, AttributeType::PublicExponent];
    let wanted = if kind.is_rsa() { &wanted[1..] } else { &wanted[..1] };
    let found = session.get_attributes(half, wanted).map_err(|error| refused(&error))?;
    let public = match found.as_slice() {
        [Attribute::EcPoint(point)] => point_of(point).to_vec(),
        [Attribute::Modulus(modulus), Attribute::PublicExponent(exponent)] => {
            sequence(&[integer(modulus), integer(exponent)])
        }
        _ => return Err(refused(&Error::InvalidValue).into()),
    };
    drop(session);
    Ok(TokenKey::new(place, kind, public, Login::new(opened, handle)))
}

impl Opened {
    fn new(place: &TokenPlace, write: bool) -> Result<Self, CaError> {
        let label = place.token.clone();
        let pkcs11 = module(&place.module)?;
        let refused = |attempt, error: &Error| refused(&label, attempt, error);
        let slots =
            pkcs11.get_slots_with_token().map_err(|error| refused("list its slots", &error))?;
        let mut known = Vec::new();
        let mut found = None;
        for slot in slots {
            let Ok(info) = pkcs11.get_token_info(slot) else { continue };
            if info.label() == place.token {
                found = Some((slot, info));
                break;
            }
            if info.token_initialized() {
                known.push(format!("`{}`", info.label()));
            }
        }
        let Some((slot, info)) = found else {
            return Err(TokenError::Absent { label, known }.into());
        };
        // Asked before the PIN is: a locked token would not tell it from a wrong one.
        if info.user_pin_locked() {
            return Err(TokenError::Locked { label }.into());
        }
        // A service that is started again and again would use it up.
        if info.user_pin_final_try() {
            return Err(TokenError::LastTry { label }.into());
        }
        let pin = key::read_secret_line("PIN file", "--pkcs11-pin-file", &place.pin_file)?;
        let pin = String::from_utf8(pin.to_vec()).map_err(|_| CaError::Broken {
            what: "PIN file",
            path: place.pin_file.clone(),
            why: "it is not UTF-8 text".into(),
        })?;
        let session = match write {
            true => pkcs11.open_rw_session(slot),
            false => pkcs11.open_ro_session(slot),
        }
        .map_err(|error| refused("open a session", &error))?;
        match session.login(UserType::User, Some(&AuthPin::new(pin.into()))) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(Error::Pkcs11(RvError::PinLocked, _)) => {
                return Err(TokenError::Locked { label }.into());
            }
            Err(Error::Pkcs11(
                RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid,
                _,
            )) => {
                let pin_file = place.pin_file.clone();
                return Err(TokenError::WrongPin { label, pin_file }.into());
            }
            Err(Error::Pkcs11(RvError::UserPinNotInitialized | RvError::PinExpired, _)) => {
                return Err(TokenError::NoPin { label }.into());
            }
            Err(error) => return Err(refused("log in", &error).into()),
        }
        Ok(Self { pkcs11, slot, label, session: Mutex::new(session) })
    }

    fn refused(&self, attempt: &'static str, error: &Error) -> TokenError {
        refused(&self.label, attempt, error)
    }
}

fn refused(label: &str, attempt: &'static str, error: &Error) -> TokenError {
    // The words of the library are paragraphs of the standard.
    let code = match error {
        Error::Pkcs11(code, _) => format!("{code:?}"),
        other => format!("{other:?}"),
    };
    TokenError::Refused { label: label.to_owned(), attempt, code }
}

/// A module is initialised once in a process, however many keys are opened by it.
fn module(path: &Path) -> Result<Pkcs11, TokenError> {
    static MODULES: LazyLock<Mutex<HashMap<PathBuf, Pkcs11>>> = LazyLock::new(Mutex::default);
    let failed = |error: &Error| {
        let why = match error {
            Error::LibraryLoading(error) => error.to_string(),
            other => format!("{other:?}"),
        };
        TokenError::Module { path: path.into(), why }
    };
    let mut modules = lock(&MODULES);
    if let Some(known) = modules.get(path) {
        return Ok(known.clone());
    }
    let pkcs11 = Pkcs11::new(path).map_err(|error| failed(&error))?;
    match pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // The same library under another name.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(failed(&error)),
    }
    modules.insert(path.into(), pkcs11.clone());
    Ok(pkcs11)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What stands behind these locks is never half-changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sign(
    session: &Session,
    key: ObjectHandle,
    kind: KeyKind,
    message: &[u8],
) -> Result<Vec<u8>, Error> {
    let ecdsa = |algorithm| {
        let hash = digest::digest(algorithm, message);
        let signed = session.sign(&Mechanism::Ecdsa, key, hash.as_ref())?;
        // The token gives two numbers of one length; certificates have them as a sequence.
        let (r, s) = signed.split_at(signed.len() / 2);
        Ok(sequence(&[integer(r), integer(s)]))
    };
    match kind {
        KeyKind::P256 => ecdsa(&digest::SHA256),
        KeyKind::P384 => ecdsa(&digest::SHA384),
        KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => {
            session.sign(&Mechanism::Sha256RsaPkcs, key, message)
        }
    }
}

fn kind_of(spki: &SubjectPublicKeyInfo<'_>) -> Option<KeyKind> {
    use x509_parser::public_key::PublicKey;
    match spki.parsed().ok()? {
        PublicKey::EC(point) => match point.key_size() {
            256 => Some(KeyKind::P256),
            384 => Some(KeyKind::P384),
            _ => None,
        },
        PublicKey::RSA(rsa) => Some(KeyKind::of_rsa(rsa.key_size() / 8)),
        _ => None,
    }
}

/// The point itself: the standard wraps it into an octet string, and some tokens do not.
fn point_of(found: &[u8]) -> &[u8] {
    match found {
        [0x04, length, point @ ..]
            if usize::from(*length) == point.len() && point.first() == Some(&0x04) =>
        {
            point
        }
        other => other,
    }
}

/// A positive INTEGER in DER.
fn integer(octets: &[u8]) -> Vec<u8> {
    let first = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
    let mut value = octets[first..].to_vec();
    if value.first().is_none_or(|octet| octet & 0x80 != 0) {
        value.insert(0, 0);
    }
    tagged(0x02, &value)
}

fn sequence(items: &[Vec<u8>]) -> Vec<u8> {
    tagged(0x30, &items.concat())
}

fn tagged(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let mut octets = vec![tag];
    // Nothing here comes near the length that would need a third octet.
    match (u8::try_from(length), u8::try_from(length >> 8)) {
        (Ok(short), _) if short < 0x80 => octets.push(short),
        (Ok(short), _) => octets.extend([0x81, short]),
        (Err(_), Ok(high)) => octets.extend([0x82, high, (length & 0xff) as u8]),
        (Err(_), Err(_)) => return Vec::new(),
    }
    octets.extend_from_slice(value);
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positive_and_short() {
        for (octets, expected) in [
            (&[][..], &[2, 1, 0][..]),
            (&[0, 0], &[2, 1, 0]),
            (&[0, 0x7f], &[2, 1, 0x7f]),
            (&[0x80], &[2, 2, 0, 0x80]),
            (&[0, 0, 0x80, 1], &[2, 3, 0, 0x80, 1]),
        ] {
            assert_eq!(integer(octets), expected);
        }
        let long = integer(&[0x80; 256]);
        assert_eq!((&long[..5], long.len()), (&[2, 0x82, 1, 1, 0][..], 261));
        assert_eq!(sequence(&[vec![1; 200]])[..3], [0x30, 0x81, 200]);
    }

    #[test]
    fn a_point_comes_wrapped_or_bare() {
        assert_eq!(point_of(&[4, 3, 4, 1, 2]), [4, 1, 2]);
        assert_eq!(point_of(&[4, 1, 2]), [4, 1, 2]);
    }
}
