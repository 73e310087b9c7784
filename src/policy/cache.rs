//! The file that keeps an index, so that the next start need not read the lists again.
//!
//! It is made from the lists and never the only copy of anything: whatever is wrong with it, the
//! lists are read instead.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::index::{Bucket, Index, Member, Sets, Slot, WIDTH};

/// The first octets of the file; the last two digits are the version of its form.
const MAGIC: [u8; 8] = *b"BHINDX03";
/// How many numbers follow the magic.
const NUMBERS: usize = 11;

/// Why a file was not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// It cannot be read or written.
    #[error("the file cannot be read or written")]
    Io(#[from] io::Error),
    /// It was made from other lists, or by another release.
    #[error("it was made from other lists or by another release")]
    Stale,
    /// It is not as it was written.
    #[error("it is damaged")]
    Damaged,
}

/// Writes an index, for lists of this key, and what else is to be kept with it.
pub(super) fn write<T: Serialize>(
    index: &Index,
    key: u128,
    with: &T,
    out: &mut impl Write,
) -> Result<(), CacheError> {
    let with = serde_json::to_vec(with).map_err(io::Error::from)?;
    let sizes = [
        index.nodes,
        index.names,
        index.arena.len(),
        index.table.len(),
        index.slots.len(),
        index.sets.ends.len(),
        index.sets.members.len(),
        with.len(),
    ];
    let mut numbers = Vec::with_capacity(NUMBERS * 8);
    numbers.extend_from_slice(&key.to_le_bytes());
    numbers.extend_from_slice(&index.seed.to_le_bytes());
    for size in sizes {
        numbers.extend_from_slice(&(size as u64).to_le_bytes());
    }
    // Once to know the sum, which stands in front, and once for good.
    let mut sum = Summing { to: io::sink(), sum: Xxh3::new() };
    contents(index, &numbers, &with, &mut sum)?;
    out.write_all(&MAGIC)?;
    out.write_all(&sum.sum.digest().to_le_bytes())?;
    contents(index, &numbers, &with, out)?;
    Ok(())
}

fn contents(index: &Index, head: &[u8], with: &[u8], out: &mut impl Write) -> io::Result<()> {
    out.write_all(head)?;
    out.write_all(&index.arena)?;
    let mut piece = Vec::with_capacity(PIECE);
    for bucket in &index.table {
        piece.extend_from_slice(&bucket.tags);
        piece.extend(bucket.places.iter().flat_map(|place| place.to_le_bytes()));
        if piece.len() + BUCKET > PIECE {
            out.write_all(&piece)?;
            piece.clear();
        }
    }
    out.write_all(&piece)?;
    let numbers = |numbers: &mut dyn Iterator<Item = u32>, out: &mut dyn Write| {
        let mut piece = Vec::with_capacity(PIECE);
        for number in numbers {
            piece.extend_from_slice(&number.to_le_bytes());
            if piece.len() == PIECE {
                out.write_all(&piece)?;
                piece.clear();
            }
        }
        out.write_all(&piece)
    };
    numbers(&mut index.slots.iter().flat_map(|slot| [slot.itself, slot.below]), out)?;
    numbers(&mut index.sets.ends.iter().copied(), out)?;
    numbers(&mut index.sets.members.iter().map(|member| member.0), out)?;
    out.write_all(with)
}

const PIECE: usize = 1 << 16;
/// The octets of a bucket in the file.
const BUCKET: usize = WIDTH * 5;

/// Reads an index from a file of `length` octets, if it is for lists of this key.
///
/// # Errors
/// [`CacheError`]; no input makes it panic or take more memory than the file is long.
pub(super) fn read<T: for<'d> Deserialize<'d>>(
    from: &mut impl Read,
    length: u64,
    key: u128,
) -> Result<(Index, T), CacheError> {
    let mut head = [0; 16];
    from.read_exact(&mut head).map_err(|_| CacheError::Damaged)?;
    if head[..8] != MAGIC {
        return Err(CacheError::Stale);
    }
    let expected = u64::from_le_bytes(piece(&head[8..]));
    let mut from = Summed { from, sum: Xxh3::new() };
    let numbers = from.octets(NUMBERS * 8)?;
    let number = |at: usize| u64::from_le_bytes(piece(&numbers[at * 8..at * 8 + 8]));
    if u128::from(number(0)) | u128::from(number(1)) << 64 != key {
        return Err(CacheError::Stale);
    }
    let sizes: Vec<u64> = (3..NUMBERS).map(number).collect();
    let [nodes, names, arena, table, slots, sets, members, with] = sizes[..] else {
        return Err(CacheError::Damaged);
    };
    let parts = [
        Some(16 + NUMBERS as u64 * 8),
        Some(arena),
        table.checked_mul(BUCKET as u64),
        slots.checked_mul(8),
        sets.checked_add(members).and_then(|numbers| numbers.checked_mul(4)),
        Some(with),
    ];
    let whole = parts.iter().try_fold(0u64, |sum, part| sum.checked_add((*part)?));
    if whole != Some(length) || arena > u64::from(u32::MAX) {
        return Err(CacheError::Damaged);
    }
    // The file is as long as this, so memory is not asked for what is not there.
    let size = |number: u64| usize::try_from(number).map_err(|_| CacheError::Damaged);
    let arena = from.octets(size(arena)?)?;
    let table = from.buckets(size(table)?)?;
    let slots = from.numbers(size(slots)? * 2)?;
    let slots: Vec<Slot> =
        slots.chunks_exact(2).map(|s| Slot { itself: s[0], below: s[1] }).collect();
    let ends = from.numbers(size(sets)?)?;
    let members = from.numbers(size(members)?)?.into_iter().map(Member).collect();
    let sets = Sets { members, ends };
    let with = from.octets(size(with)?)?;
    if from.sum.digest() != expected || table.is_empty() {
        return Err(CacheError::Damaged);
    }
    let with = serde_json::from_slice(&with).map_err(|_| CacheError::Damaged)?;
    let (nodes, names, seed) = (size(nodes)?, size(names)?, number(2));
    Ok((Index { arena, table, nodes, names, slots, sets, seed }, with))
}

fn piece(octets: &[u8]) -> [u8; 8] {
    octets.first_chunk().copied().unwrap_or_default()
}

/// Sums up what it reads.
struct Summed<R> {
    from: R,
    sum: Xxh3,
}

impl<R: Read> Summed<R> {
    fn octets(&mut self, length: usize) -> Result<Vec<u8>, CacheError> {
        let mut octets = vec![0; length];
        self.fill(&mut octets)?;
        Ok(octets)
    }

    fn fill(&mut self, octets: &mut [u8]) -> Result<(), CacheError> {
        for piece in octets.chunks_mut(PIECE) {
            self.from.read_exact(piece).map_err(|_| CacheError::Damaged)?;
            self.sum.update(piece);
        }
        Ok(())
    }

    fn buckets(&mut self, length: usize) -> Result<Vec<Bucket>, CacheError> {
        const AT_ONCE: usize = PIECE / BUCKET;
        let mut buckets = Vec::with_capacity(length);
        let mut octets = [0; AT_ONCE * BUCKET];
        while buckets.len() < length {
            let now = (length - buckets.len()).min(AT_ONCE) * BUCKET;
            self.fill(&mut octets[..now])?;
            let (chunks, _) = octets[..now].as_chunks::<BUCKET>();
            buckets.extend(chunks.iter().map(|chunk| {
                let mut bucket = Bucket::default();
                let (tags, places) = chunk.split_at(WIDTH);
                bucket.tags.copy_from_slice(tags);
                let (words, _) = places.as_chunks::<4>();
                for (place, word) in bucket.places.iter_mut().zip(words) {
                    *place = u32::from_le_bytes(*word);
                }
                bucket
            }));
        }
        Ok(buckets)
    }

    fn numbers(&mut self, length: usize) -> Result<Vec<u32>, CacheError> {
        let mut numbers = Vec::with_capacity(length);
        let mut octets = [0; PIECE];
        while numbers.len() < length {
            let now = (length - numbers.len()).min(PIECE / 4) * 4;
            self.fill(&mut octets[..now])?;
            let (words, _) = octets[..now].as_chunks::<4>();
            numbers.extend(words.iter().map(|word| u32::from_le_bytes(*word)));
        }
        Ok(numbers)
    }
}

/// Sums up what is written.
struct Summing<W> {
    to: W,
    sum: Xxh3,
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let written = self.to.write(octets)?;
        self.sum.update(&octets[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Reads the octets of a kept index as a start would, whatever lists it is for, looks names up in it and
/// walks through it; gives how many records there are. For tests with files that somebody else wrote.
///
/// # Errors
/// [`CacheError`] for what a start would not use.
pub fn look_into_cache(mut octets: &[u8], names: &[&str]) -> Result<usize, CacheError> {
    let key = octets.get(16..32).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
    let length = octets.len() as u64;
    let (index, _): (Index, super::load::Kept) =
        read(&mut octets, length, u128::from_le_bytes(key))?;
    let mut found = 0;
    for name in names {
        found += index.find(name, |group| group % 2 == 0).len();
    }
    // A record may be said to stand below any number of others; the walk down is bounded by the arena.
    let walk =
        index.records().take(1000).map(|(offset, _)| index.upwards(offset).take(128).count());
    Ok(found + walk.sum::<usize>())
}

#[cfg(test)]
mod tests {
    use super::super::index::Builder;
    use super::*;
    use crate::config::Reach;

    fn file(names: &[&str]) -> Vec<u8> {
        let mut index = Builder::new(names.len());
        for (group, name) in (0..).zip(names) {
            assert_eq!(index.add(name, Reach::Within, group % 3, group % 5 != 4), Ok(true));
        }
        let mut file = Vec::new();
        write(&index.finish(), 7, &(["list"], ["overlap"]), &mut file).unwrap();
        file
    }

    #[test]
    fn what_was_written_is_read_and_nothing_else() {
        let names: Vec<String> = (0..500).map(|n| format!("n{n}.p{}.example", n % 7)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let file = file(&names);
        type With = ([String; 1], [String; 1]);
        let read = |file: &[u8], key| read::<With>(&mut &*file, file.len() as u64, key);
        let (index, with) = read(&file, 7).unwrap();
        assert_eq!((index.len(), with.0[0].as_str()), (500, "list"));
        for (group, name) in (0..).zip(&names) {
            let below = format!("x.{name}");
            let found = index.find(&below, |_| false);
            let groups: Vec<u32> = found.iter().map(|found| found.group).collect();
            assert_eq!(groups, if group % 5 == 4 { vec![] } else { vec![group % 3] }, "{name}");
        }
        assert!(index.find("n500.p3.example", |_| false).is_empty());
        assert!(matches!(read(&file, 8), Err(CacheError::Stale)));
        for at in (0..file.len()).step_by(97) {
            let mut bad = file.clone();
            bad[at] ^= 0x10;
            assert!(read(&bad, 7).is_err(), "octet {at}");
            assert!(read(&file[..at], 7).is_err(), "cut at {at}");
        }
    }
}
