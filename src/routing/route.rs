//! A signature dealt out to the upstreams.

use std::collections::HashMap;

use fixtrail_index::CPYTHON;

use super::owners::{Routes, normalised};
use crate::evidence::Facts;
use crate::signature::{Class, Signature, SignatureFrame};

/// What an upstream is to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// The upstream.
    pub upstream: String,
    /// The signature with the upstream's own frames alone; their numbers and weights are those of the whole stack.
    pub signature: Signature,
    /// The facts that concern it.
    pub facts: Facts,
    /// How many frames of the thread that matters are its own.
    pub frames: usize,
    /// Whether there is a reason to search it: one of the frames may be where the failure is.
    pub searched: bool,
}

/// What tells whose a frame is: frames that agree in it are looked up once.
type Place<'f> = (bool, Option<&'f str>, Option<&'f str>);

/// Who gets what, among the upstreams that have an index.
struct Deal<'a> {
    routes: &'a Routes,
    upstreams: &'a [&'a str],
    /// By place the number of the upstream that owns it.
    owners: HashMap<Place<'a>, Option<usize>>,
}

impl Routes {
    /// A route for each of the upstreams that have an index, in their order.
    #[must_use]
    pub fn routes(&self, signature: &Signature, facts: &Facts, upstreams: &[&str]) -> Vec<Route> {
        let deal = Deal::new(self, signature, upstreams);
        let routes = (0..upstreams.len()).map(|at| deal.route(at, signature, facts));
        routes.collect()
    }
}

impl<'a> Deal<'a> {
    fn new(routes: &'a Routes, signature: &'a Signature, upstreams: &'a [&'a str]) -> Self {
        let mut deal = Self {
            routes,
            upstreams,
            owners: HashMap::new(),
        };
        let frames = signature.frames.iter();
        let others = signature
            .companion_frames
            .iter()
            .chain(&signature.other_frames);
        for frame in frames.chain(others) {
            if !deal.owners.contains_key(&place(frame)) {
                let owner = routes.owner(frame).and_then(|name| deal.number(&name));
                deal.owners.insert(place(frame), owner);
            }
        }
        deal
    }

    fn number(&self, upstream: &str) -> Option<usize> {
        let wanted = normalised(upstream);
        let mut names = self.upstreams.iter();
        names.position(|name| normalised(name) == wanted)
    }

    fn route(&self, at: usize, signature: &Signature, facts: &Facts) -> Route {
        let unowned = self.routes.takes_unowned(self.upstreams[at]);
        let frames = self.frames(&signature.frames, at, unowned);
        let companion_frames = self.frames(&signature.companion_frames, at, unowned);
        let stackless = signature.frames.is_empty() && signature.companion_frames.is_empty();
        let mut of_thread = frames.iter().chain(&companion_frames);
        let searched = if unowned {
            stackless || of_thread.next().is_some()
        } else {
            // Every full stack begins in the C library, and every abort ends there.
            of_thread.any(|frame| !matches!(frame.class, Class::Detector | Class::Trampoline))
        };
        let markers = signature.markers.iter().filter(|_| unowned);
        Route {
            upstream: self.upstreams[at].to_owned(),
            frames: frames.len() + companion_frames.len(),
            searched,
            facts: self.facts(facts, at, unowned),
            signature: Signature {
                frames,
                companion_frames,
                other_frames: self.frames(&signature.other_frames, at, unowned),
                markers: markers.cloned().collect(),
                reason: signature.reason.clone(),
                companions: signature.companions.clone(),
                text: signature.text.clone(),
                hash: signature.hash.clone(),
                ..*signature
            },
        }
    }

    /// The frames that an upstream gets: its own, and if so those that no one owns.
    fn frames(&self, frames: &[SignatureFrame], at: usize, unowned: bool) -> Vec<SignatureFrame> {
        let upstream = self.upstreams[at];
        let own = frames.iter().filter_map(|frame| {
            let owner = self.owners.get(&place(frame)).copied().flatten();
            match owner {
                None => unowned.then(|| frame.clone()),
                Some(owner) if owner != at => None,
                // The stages before have told its files already.
                Some(_) if upstream == CPYTHON => Some(frame.clone()),
                Some(_) => Some(self.as_own(upstream, frame)),
            }
        });
        own.collect()
    }

    fn as_own(&self, upstream: &str, frame: &SignatureFrame) -> SignatureFrame {
        let file = if frame.python {
            frame.path.as_deref()
        } else {
            frame.file.as_deref()
        };
        match file {
            Some(file) => frame.owned(self.routes.root_path(upstream, file)),
            None => frame.clone(),
        }
    }

    /// What the interpreter says of itself concerns those that take what no one owns; a failed assertion the upstream
    /// whose source file it is in; what a text names beside its stacks, and the signal, all.
    fn facts(&self, facts: &Facts, at: usize, unowned: bool) -> Facts {
        let mut own = facts.clone();
        own.assertions.retain(|assertion| {
            let owner = assertion
                .file
                .as_deref()
                .and_then(|file| self.routes.source_owner(file));
            match owner.and_then(|name| self.number(&name)) {
                Some(owner) => owner == at,
                None => unowned,
            }
        });
        if !unowned {
            own.fatal_errors.clear();
            own.exceptions.clear();
            own.interpreter.clear();
            own.object_types.clear();
        }
        own
    }
}

fn place(frame: &SignatureFrame) -> Place<'_> {
    (frame.python, frame.path.as_deref(), frame.file.as_deref())
}
