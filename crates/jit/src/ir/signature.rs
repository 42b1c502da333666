//! Signatures: what a function's typed entry takes and gives.
//!
//! Parameters and the result are raw integers that fit an immediate, raw doubles, or boxed values. A signature is a promise
//! of the callers about the arguments; about the result it is a guess, since each return tells whether it has kept to it.

use super::types::Type;

/// What a typed entry takes and gives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Signature {
    params: [Type; Signature::PARAMS_MAX],
    count: u8,
    /// The type of the one result, or `None` if there is no result.
    pub result: Type,
    /// Whether the code may read the closure that runs it, which its callers write down then.
    pub reads_callee: bool,
}

impl Signature {
    /// Most parameters: each has a register.
    pub const PARAMS_MAX: usize = 6;

    /// A signature; `None` if there are too many parameters.
    pub fn new(params: &[Type], result: Type, reads_callee: bool) -> Option<Signature> {
        debug_assert!(params.iter().all(|&ty| matches!(ty, Type::I64 | Type::F64 | Type::Value)));
        let mut all = [Type::Value; Signature::PARAMS_MAX];
        all.get_mut(..params.len())?.copy_from_slice(params);
        Some(Signature { params: all, count: params.len() as u8, result, reads_callee })
    }

    /// The same with another result.
    pub fn giving(self, result: Type) -> Signature {
        Signature { result, ..self }
    }

    /// The types of the parameters.
    pub fn params(&self) -> &[Type] {
        &self.params[..self.count as usize]
    }
}
