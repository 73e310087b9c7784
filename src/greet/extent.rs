//! How far the first handshake message reaches, seen from the heads of its records alone.

/// The head of a record (RFC 8446 section 5.1), and of a handshake message (section 4).
const RECORD: usize = 5;
const MESSAGE: usize = 4;

/// What there is of a first message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// More of it is to come.
    Partial,
    /// It says that it is longer than is taken.
    TooLong,
    /// All of it is there, or it is cut in a way that only rustls can tell.
    There,
}

/// Follows the records of a first message as they come. Each head is looked at once, so that a message in
/// very many pieces costs no more than its length.
#[derive(Debug, Default)]
pub(super) struct Follower {
    /// Where the next record begins.
    next: usize,
    /// How much of the message is in the records before that.
    within: usize,
    /// How long the message is.
    length: Option<usize>,
}

impl Follower {
    /// Looks at `seen`, which has grown since the last time.
    pub(super) fn look(&mut self, seen: &[u8], longest: usize) -> Extent {
        loop {
            let record = seen.get(self.next..).unwrap_or_default();
            let Some((head, fragment)) = record.split_at_checked(RECORD) else {
                return Extent::Partial;
            };
            let &[22, _, _, high, low] = head else { return Extent::There };
            let size = usize::from(u16::from_be_bytes([high, low]));
            let length = match self.length {
                Some(length) => length,
                None if size < MESSAGE => return Extent::There,
                None => {
                    let Some(&[kind, high, middle, low]) = fragment.first_chunk::<MESSAGE>() else {
                        return Extent::Partial;
                    };
                    if kind != 1 {
                        return Extent::There;
                    }
                    let length = u32::from_be_bytes([0, high, middle, low]);
                    *self
                        .length
                        .insert(MESSAGE.saturating_add(length.try_into().unwrap_or(usize::MAX)))
                }
            };
            if length > longest {
                return Extent::TooLong;
            }
            if fragment.len() < size {
                return Extent::Partial;
            }
            self.next += RECORD + size;
            self.within += size;
            // An empty record is none of a handshake's.
            if self.within >= length || size == 0 {
                return Extent::There;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: usize = 100;

    /// What is said after each octet, without repetitions.
    fn check(octets: &[u8], said: &[Extent]) {
        let mut follower = Follower::default();
        let mut found: Vec<_> =
            (1..=octets.len()).map(|end| follower.look(&octets[..end], LONGEST)).collect();
        found.dedup();
        assert_eq!(found, said, "{octets:?}");
        // And when all of it comes at once.
        assert_eq!(Follower::default().look(octets, LONGEST), *said.last().unwrap());
    }

    #[test]
    fn a_message_is_there_with_its_last_octet() {
        use Extent::{Partial, There, TooLong};
        check(&[22, 3, 1, 0, 6, 1, 0, 0, 2, 7, 7], &[Partial, There]);
        check(&[22, 3, 1, 0, 6, 1, 0, 0, 2, 7], &[Partial]);
        check(&[22, 3, 1, 0, 5, 1, 0, 0, 2, 7, 22, 3, 1, 0, 1, 7], &[Partial, There]);
        check(&[22, 3, 1, 0, 4, 1, 0, 0, 97], &[Partial, TooLong]);
        check(&[22, 3, 1, 0, 4, 1, 0, 0, 96], &[Partial]);
        check(&[22, 3, 1, 255, 255, 1, 255, 255, 255], &[Partial, TooLong]);
        // These are for rustls to judge.
        check(&[22, 3, 1, 0, 3], &[Partial, There]);
        check(&[22, 3, 1, 0, 4, 2, 0, 0, 1], &[Partial, There]);
        check(&[22, 3, 1, 0, 5, 1, 0, 0, 2, 7, 22, 3, 1, 0, 0], &[Partial, There]);
        check(&[22, 3, 1, 0, 5, 1, 0, 0, 2, 7, 23, 3, 1, 0, 1], &[Partial, There]);
    }
}
