//! The keys of leaves: one per kind for all hosts, replaced daily, so that a mint costs one
//! signature and a key that leaks is of no use tomorrow. They are never a CA's key.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::keep::Under;
use super::{LeafError, LeafKind};
use crate::ca::{KeyKind, LeafKey};
use crate::clock::Time;

/// How long one key serves new leaves. Leaves minted under it keep it for their life.
const SERVES: Duration = Duration::from_secs(24 * 3600);

#[derive(Default)]
pub(super) struct LeafKeys {
    ecdsa: Mutex<Option<(Time, Arc<Under>)>>,
    rsa: Mutex<Option<(Time, Arc<Under>)>>,
}

impl LeafKeys {
    /// The key of this kind for today. RSA keys take a tenth of a second to make; whoever needs one
    /// meanwhile waits for it, and nobody else does.
    pub(super) async fn current(&self, kind: LeafKind, now: Time) -> Result<Arc<Under>, LeafError> {
        let (slot, made_as) = match kind {
            LeafKind::Ecdsa => (&self.ecdsa, KeyKind::P256),
            LeafKind::Rsa => (&self.rsa, KeyKind::Rsa2048),
        };
        let mut slot = slot.lock().await;
        if let Some((since, key)) = &*slot
            && now.since(*since) < SERVES
        {
            return Ok(Arc::clone(key));
        }
        let made = match kind {
            LeafKind::Ecdsa => LeafKey::generate(made_as),
            LeafKind::Rsa => tokio::task::spawn_blocking(move || LeafKey::generate(made_as))
                .await
                .map_err(|_| LeafError::Stopped)?,
        };
        let key = Arc::new(Under::new(made.map_err(LeafError::Key)?));
        *slot = Some((now, Arc::clone(&key)));
        Ok(key)
    }
}
