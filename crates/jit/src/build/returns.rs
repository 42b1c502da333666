//! What the returns of a function give, for the signature of its typed entry.
//!
//! Each return says of each of its results what type it has, or that it is a result of a call of the same function. Such results
//! have, in the end, the type of the one that they are returned as; where returns differ, the result is boxed.

use crate::ir::signature::Signature;
use crate::ir::types::Type;

/// Most results of a signature.
const MAX: usize = Signature::RESULTS_MAX;

/// What a return gives at one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Given {
    /// Something of that type.
    Type(Type),
    /// Result of that number of a call of the function itself.
    Own(usize),
}

/// What all returns that were built give.
#[derive(Clone, Default, Debug)]
pub(super) struct Returned {
    /// How many results they give, if they agree.
    count: Option<usize>,
    is_mixed: bool,
    types: [Option<Type>; MAX],
    /// Places that have the same type.
    links: Vec<(usize, usize)>,
}

impl Returned {
    /// One more return.
    pub(super) fn add(&mut self, given: &[Given]) {
        if given.len() > MAX || self.count.is_some_and(|count| count != given.len()) {
            self.is_mixed = true;
            return;
        }
        self.count = Some(given.len());
        for (at, &given) in given.iter().enumerate() {
            match given {
                Given::Type(ty) => self.join(at, ty),
                Given::Own(other) => self.links.push((at, other)),
            }
        }
    }

    /// The types of the results, where nothing better than `guess` is known.
    pub(super) fn results(mut self, guess: &[Type]) -> Vec<Type> {
        let Some(count) = self.count.filter(|_| !self.is_mixed) else { return guess.to_vec() };
        // Each round ends at least one difference.
        let links = std::mem::take(&mut self.links);
        for _ in 0..2 * MAX {
            for &(a, b) in &links {
                for (to, from) in [(a, b), (b, a)] {
                    if let Some(Some(ty)) = self.types.get(from).copied() {
                        self.join(to, ty);
                    }
                }
            }
        }
        self.types[..count].iter().map(|ty| ty.unwrap_or(Type::Value)).collect()
    }

    fn join(&mut self, at: usize, ty: Type) {
        let ty = if matches!(ty, Type::I64 | Type::F64) { ty } else { Type::Value };
        if let Some(known) = self.types.get_mut(at) {
            *known = Some(if known.is_none_or(|known| known == ty) { ty } else { Type::Value });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Given::Own;

    const I: Given = Given::Type(Type::I64);
    const F: Given = Given::Type(Type::F64);
    const GUESS: [Type; 2] = [Type::Value, Type::Value];

    fn results(returns: &[&[Given]]) -> Vec<Type> {
        let mut all = Returned::default();
        returns.iter().for_each(|given| all.add(given));
        all.results(&GUESS)
    }

    #[test]
    fn each_place_has_its_type() {
        assert_eq!(results(&[&[I, F], &[I, F]]), [Type::I64, Type::F64]);
        assert_eq!(results(&[&[I, F], &[I, I]]), [Type::I64, Type::Value]);
        assert_eq!(results(&[&[Given::Type(Type::Table)]]), [Type::Value]);
        assert_eq!(results(&[&[]]), []);
    }

    #[test]
    fn returns_of_several_lengths_are_the_guess() {
        assert_eq!(results(&[&[I], &[I, I]]), GUESS);
        assert_eq!(results(&[&[I; 5]]), GUESS);
        assert_eq!(results(&[]), GUESS);
    }

    #[test]
    fn own_results_have_the_type_of_their_place() {
        assert_eq!(results(&[&[I, F], &[Own(0), Own(1)]]), [Type::I64, Type::F64]);
        // Exchanged, they are the same.
        assert_eq!(results(&[&[I, F], &[Own(1), Own(0)]]), [Type::Value, Type::Value]);
        assert_eq!(results(&[&[I, I], &[Own(1), I]]), [Type::I64, Type::I64]);
        assert_eq!(results(&[&[Own(0)]]), [Type::Value]);
    }
}
