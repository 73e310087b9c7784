//! The file that keeps an index, so that the next start need not read the lists again.
//!
//! It is made from the lists and never the only copy of anything: whatever is wrong with it, the
//! lists are read instead.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::index::{Bucket, Index, Member, Slot, WIDTH};

/// The first octets of the file; the last two digits are the version of its form.
const MAGIC: [u8; 8] = *b"BHINDX02";
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
    let members: usize = index.sets.iter().map(|set| set.len()).sum();
    let sizes = [
        index.nodes,
        index.names,
        index.arena.len(),
        index.table.len(),
        index.slots.len(),
        index.sets.len(),
        members,
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
    numbers(&mut index.sets.iter().flat_map(set_numbers), out)?;
    out.write_all(with)
}

const PIECE: usize = 1 << 16;
/// The octets of a bucket in the file.
const BUCKET: usize = WIDTH * 5;

/// A set as numbers: how many members, then the members.
fn set_numbers(set: &Box<[Member]>) -> impl Iterator<Item = u32> {
    // Configurations are too small for more groups than half of all numbers.
    let length = u32::try_from(set.len()).unwrap_or(u32::MAX);
    let member = |member: &Member| member.group << 1 | u32::from(member.listed);
    std::iter::once(length).chain(set.iter().map(member))
}

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
    let members = from.numbers(size(sets)? + size(members)?)?;
    let with = from.octets(size(with)?)?;
    if from.sum.digest() != expected || table.is_empty() {
        return Err(CacheError::Damaged);
    }
    let sets = read_sets(&members, size(sets)?)?;
    let with = serde_json::from_slice(&with).map_err(|_| CacheError::Damaged)?;
    let (nodes, names, seed) = (size(nodes)?, size(names)?, number(2));
    Ok((Index { arena, table, nodes, names, slots, sets, seed }, with))
}

fn read_sets(mut numbers: &[u32], count: usize) -> Result<Vec<Box<[Member]>>, CacheError> {
    let mut sets = Vec::with_capacity(count.min(numbers.len()));
    while let Some((length, rest)) = numbers.split_first() {
        let (set, rest) = rest.split_at_checked(*length as usize).ok_or(CacheError::Damaged)?;
        let member = |number: &u32| Member { group: number >> 1, listed: number & 1 == 1 };
        sets.push(set.iter().map(member).collect());
        numbers = rest;
    }
    if sets.len() == count { Ok(sets) } else { Err(CacheError::Damaged) }
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
