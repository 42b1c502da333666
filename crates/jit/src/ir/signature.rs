//! Signatures: what a function's typed entry takes and gives.
//!
//! Parameters and results are raw integers that fit an immediate, raw doubles, or boxed values. A signature is a promise
//! of the callers about the arguments; about the results it is a guess, since each return tells whether it has kept to it.

use super::imm::Results;
use super::types::Type;

/// What a typed entry takes and gives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Signature {
    params: [Type; Signature::PARAMS_MAX],
    count: u8,
    results: [Type; Signature::RESULTS_MAX],
    result_count: u8,
    /// Whether the code may read the closure that runs it, which its callers write down then.
    pub reads_callee: bool,
}

impl Signature {
    /// Most parameters: each has a register.
    pub const PARAMS_MAX: usize = 6;
    /// Most results: each has a register.
    pub const RESULTS_MAX: usize = Results::COUNT_MAX as usize;

    /// A signature; `None` if there are too many parameters or results.
    pub fn new(params: &[Type], results: &[Type], reads_callee: bool) -> Option<Signature> {
        let is_passed = |ty: &Type| matches!(ty, Type::I64 | Type::F64 | Type::Value);
        debug_assert!(params.iter().chain(results).all(is_passed));
        let mut all = [Type::Value; Signature::PARAMS_MAX];
        all.get_mut(..params.len())?.copy_from_slice(params);
        let mut given = [Type::Value; Signature::RESULTS_MAX];
        given.get_mut(..results.len())?.copy_from_slice(results);
        let (count, result_count) = (params.len() as u8, results.len() as u8);
        Some(Signature { params: all, count, results: given, result_count, reads_callee })
    }

    /// The same with other results.
    pub fn giving(&self, results: &[Type]) -> Option<Signature> {
        Signature::new(self.params(), results, self.reads_callee)
    }

    /// The types of the parameters.
    pub fn params(&self) -> &[Type] {
        &self.params[..self.count as usize]
    }

    /// The types of the results.
    pub fn results(&self) -> &[Type] {
        &self.results[..self.result_count as usize]
    }
}
