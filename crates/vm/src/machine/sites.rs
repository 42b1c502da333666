//! Call sites of machine code: what a call does not write because it is always the same.
//!
//! ```text
//!   links of a frame:      | callee          | return ip       | caller base, flags |
//!   called by machine code | callee, perhaps | site * 2 + 1    | anything           |
//! ```
//!
//! Machine code that calls writes one word, the number of the *site*, where other callers write the address of the bytecode
//! to go on with; such addresses are even. The site says how far below the callee's frame the caller's lies, which frames are
//! inlined around the call, and where each of them goes on. A callee that is always the same closure is not written either.
//!
//! Nobody but this module reads such links: who wants those of a frame asks for them by `settle_links`, which writes them
//! out as every other caller would have, together with those of the inlined frames between the two. So walks, errors, exits
//! and coroutines know one form of links only. Machine code never reads them.
//!
//! Likewise machine code in an inlined frame publishes the base of the outermost one, and as ip the address of a site plus 1.
//! Helpers that look at the frame begin with `settle_position`, and so does whatever begins a frame; for others, and for a
//! fiber that has left for another one, see `position`. Where machine code publishes a base alone, the ip is null: no site
//! may be left there.
//!
//! Numbers are unique in the process, so that a word is enough to find its site, and live as long as their [`SiteHandle`].

use crate::fiber::{FRAME_SPECIAL, Fiber};
use crate::native::WINDOW_HEADER;
use bytecode::ops::Inst;
use runtime::object::Word;
use runtime::value::{Value, address_to_pointer, pointer_to_address};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

/// A frame that runs at a site.
#[derive(Clone, Copy, Debug)]
pub struct SiteFrame {
    /// Its base, in words from that of the outermost frame of the machine code.
    pub base: u32,
    /// What it runs, if that is always the same. Else the word below the base has it. Of the outermost frame this says
    /// nothing: its own links do.
    pub callee: Option<Value>,
    /// Where it goes on.
    pub ip: *const Inst,
}

/// A place in machine code from which something is called.
#[derive(Clone, Debug)]
pub struct Site {
    /// The base of the callee's frame, in words from that of the outermost frame; 0 for a helper.
    pub callee_base: u32,
    /// What is called, if that is always the same and the code does not write it.
    pub callee: Option<Value>,
    /// The frames that are active there, innermost first; the last is the outermost one.
    pub frames: Box<[SiteFrame]>,
}

/// The ownership of a site's number.
#[derive(Debug)]
pub struct SiteHandle(u32);

impl SiteHandle {
    /// A number for the site; `None` if there is none left.
    pub fn new(site: Site) -> Option<SiteHandle> {
        let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        let number = match numbers.free.pop() {
            Some(number) => number,
            None if (numbers.next as usize) < PAGES * PAGE => {
                numbers.next += 1;
                numbers.next - 1
            }
            None => return None,
        };
        let (page, at) = (number as usize / PAGE, number as usize % PAGE);
        let mut entries = TABLE[page].load(Ordering::Acquire);
        if entries.is_null() {
            entries = Box::into_raw(Box::new([const { AtomicPtr::new(std::ptr::null_mut()) }; PAGE]));
            TABLE[page].store(entries, Ordering::Release);
        }
        // SAFETY: pages are never freed.
        let entries = unsafe { &*entries };
        entries[at].store(Box::into_raw(Box::new(site)), Ordering::Release);
        Some(SiteHandle(number))
    }

    /// The word that machine code writes into links.
    pub fn word(&self) -> u32 {
        self.0 << 1 | 1
    }

    /// The word that it publishes as a position: the site's address, which is found sooner.
    pub fn position(&self) -> u64 {
        let site = site_of(u64::from(self.word())).expect("a handle owns its number");
        pointer_to_address(std::ptr::from_ref(site)) | 1
    }
}

impl Drop for SiteHandle {
    fn drop(&mut self) {
        let (page, at) = (self.0 as usize / PAGE, self.0 as usize % PAGE);
        // SAFETY: the number has a page, and pages are never freed.
        let entry = unsafe { &(&*TABLE[page].load(Ordering::Acquire))[at] };
        let site = entry.swap(std::ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: `new` made it of a box, and nobody refers to a site whose code is gone.
        drop(unsafe { Box::from_raw(site) });
        NUMBERS.lock().unwrap_or_else(PoisonError::into_inner).free.push(self.0);
    }
}

/// In the word of a special frame that machine code has begun: the site is for the frame that would lie in the call's window,
/// where the links are to be found. The frame's own third word has the flag of special frames and no more.
pub(crate) const IN_WINDOW: u64 = 1 << 40;

const PAGE: usize = 1 << 12;
const PAGES: usize = 1 << 10;

type Page = [AtomicPtr<Site>; PAGE];

static TABLE: [AtomicPtr<Page>; PAGES] = [const { AtomicPtr::new(std::ptr::null_mut()) }; PAGES];

struct Numbers {
    next: u32,
    free: Vec<u32>,
}

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { next: 0, free: Vec::new() });

/// The site that a word names.
fn site_of<'a>(word: u64) -> Option<&'a Site> {
    let number = (word >> 1) as usize;
    // SAFETY: pages are never freed; the word was written by code that is not gone yet, and so its site is not.
    unsafe {
        let page = TABLE.get(number / PAGE)?.load(Ordering::Acquire).as_ref()?;
        page[number % PAGE].load(Ordering::Acquire).as_ref()
    }
}

/// A copy of the site that the word of links or a position names, for tests and listings.
pub fn find(word: u64) -> Option<Site> {
    match word & 1 {
        0 => None,
        // SAFETY: machine code publishes nothing else that is so large and odd.
        _ if word >> 32 != 0 => Some(unsafe { site_at(address_to_pointer(word)) }.clone()),
        _ => site_of(word).cloned(),
    }
}

/// Makes sure that the links of the frame at `base` are written out.
///
/// # Safety
/// The frame is active.
#[inline(always)]
pub(crate) unsafe fn settle_links(base: *mut Word) {
    // SAFETY: promised by the caller.
    unsafe {
        if !is_settled(base) {
            settle_links_slow(base);
        }
    }
}

/// Whether the links of the frame at `base` are written out.
///
/// # Safety
/// The frame is active.
#[inline(always)]
pub(crate) unsafe fn is_settled(base: *mut Word) -> bool {
    // SAFETY: promised by the caller.
    unsafe { (*base.sub(2)).load().bits() & 1 == 0 }
}

#[cold]
#[inline(never)]
unsafe fn settle_links_slow(base: *mut Word) {
    // SAFETY: the words below the base were written by the call at the site, and the frames that it names lie below.
    unsafe {
        let word = (*base.sub(2)).load().bits();
        if word & IN_WINDOW != 0 {
            let plain = address_to_pointer::<Word>((*base.sub(4)).load().bits()).add(WINDOW_HEADER);
            settle_links(plain);
            (*base.sub(2)).store((*plain.sub(2)).load());
            (*base.sub(1)).store(Value::from_bits((*plain.sub(1)).load().bits() | FRAME_SPECIAL));
            return;
        }
        let Some(site) = site_of((*base.sub(2)).load().bits()) else { unreachable!("a call names its site") };
        let root = base.sub(site.callee_base as usize);
        write(root, site, base, site.callee, 0);
        settle_frames(root, site);
    }
}

/// Writes out the links of the inlined frames of a site.
unsafe fn settle_frames(root: *mut Word, site: &Site) {
    for (i, frame) in site.frames.iter().enumerate().take(site.frames.len() - 1) {
        // SAFETY: promised by the caller.
        unsafe { write(root, site, root.add(frame.base as usize), frame.callee, i + 1) };
    }
}

/// The links of the frame at `base`, whose caller is the `caller`th one of the site.
unsafe fn write(root: *mut Word, site: &Site, base: *mut Word, callee: Option<Value>, caller: usize) {
    let caller = &site.frames[caller];
    // SAFETY: promised by the caller.
    unsafe {
        if let Some(callee) = callee {
            (*base.sub(3)).store(callee);
        }
        (*base.sub(2)).store(Value::from_bits(pointer_to_address(caller.ip)));
        (*base.sub(1)).store(Value::from_bits(pointer_to_address(root.add(caller.base as usize))));
    }
}

/// Makes sure that the published position is that of a frame, and that the links of the inlined frames are written out.
#[inline(always)]
pub(crate) fn settle_position(fiber: &mut Fiber) {
    if fiber.ip as usize & 1 != 0 {
        settle_position_slow(fiber);
    }
}

#[inline(never)]
fn settle_position_slow(fiber: &mut Fiber) {
    // SAFETY: the code has published its outermost frame and a site of its own.
    unsafe {
        let site = site_at(fiber.ip);
        let inner = &site.frames[0];
        settle_frames(fiber.base, site);
        fiber.base = fiber.base.add(inner.base as usize);
        fiber.ip = inner.ip;
    }
}

/// The base and the ip of the innermost frame of a fiber whose position is of this moment, settled or not.
pub(crate) fn position(fiber: &Fiber) -> (*mut Word, *const Inst) {
    match find_site(fiber.ip) {
        None => (fiber.base, fiber.ip),
        // SAFETY: as for `settle_position_slow`.
        Some(site) => unsafe {
            settle_frames(fiber.base, site);
            (fiber.base.add(site.frames[0].base as usize), site.frames[0].ip)
        },
    }
}

/// The site that an ip stands for.
fn find_site<'a>(ip: *const Inst) -> Option<&'a Site> {
    // SAFETY: machine code publishes nothing else that is odd.
    if ip as usize & 1 != 0 { Some(unsafe { site_at(ip) }) } else { None }
}

/// The site of a published position.
///
/// # Safety
/// [`SiteHandle::position`] gave it, and the handle exists.
unsafe fn site_at<'a>(ip: *const Inst) -> &'a Site {
    // SAFETY: promised by the caller; a site has an even address.
    unsafe { &*address_to_pointer::<Site>(pointer_to_address(ip) - 1) }
}
