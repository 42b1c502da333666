//! The interface between the machine and native functions.
//!
//! A native function gets its fiber and its arguments, which lie in the caller's call window, and leaves its results
//! there; a call costs no allocation. Results are written from the window's start, three words below the arguments, so a
//! function reads the arguments it needs before it writes more than three results.
//!
//! ```text
//!   window      +1        +2        +3 ...
//!   | callee  | (link)  | (link)  | arguments |
//!   | results ...
//! ```

use crate::engine::Engine;
use crate::error::Thrown;
use crate::fiber::Fiber;
use bytecode::arith::Num;
use runtime::closure::Native;
use runtime::object::Word;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::sync::Arc;

/// Words of a call window before its arguments: callee and two link words.
pub const WINDOW_HEADER: usize = 3;

/// A native function.
pub type NativeFn = fn(&mut Fiber, Args) -> NativeResult;

/// What a native function gives: how many results it left in its window, or an error.
pub type NativeResult = Result<Results, Thrown>;

/// How many results lie in the window.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Results(pub(crate) u32);

/// A row of a library's table: the name that messages use (`string.rep`, `tonumber`, `file:read`) and the function.
pub struct NativeDef {
    /// Qualified name.
    pub name: &'static str,
    /// The function.
    pub function: NativeFn,
    /// The number by which compilers know it; `None` for the most.
    pub intrinsic: Option<bytecode::intrinsic::Intrinsic>,
    /// A short cut for the common case, if it has one.
    pub quick: Option<QuickFn>,
    /// How it prepares itself for a constant argument, if that is worth while.
    pub preparing: Option<Preparing>,
}

/// What a native function has made of an argument that is a constant where it is called: a compiled format or pattern.
/// Machine code calls it in place of the function, with the same arguments in the same window, for the same results and
/// errors. It is kept with the code, and never changes: several threads may be in it.
pub trait Prepared: Send + Sync {
    /// What the function does for these arguments.
    ///
    /// # Errors
    /// Those of the function.
    fn call(&self, fiber: &mut Fiber, args: Args) -> NativeResult;
}

/// How a native function prepares itself: the number of the argument, which is a string, and what makes the prepared form
/// from its bytes; `None` if calls are better made as usual, those that fail for instance.
#[derive(Clone, Copy)]
pub struct Preparing {
    argument: u32,
    prepare: fn(&[u8]) -> Option<Box<dyn Prepared>>,
}

/// What a native function prepares for arguments of which some are constants. Its address is that of the box, as code
/// passes it.
pub fn prepare(native: Native, constant: impl Fn(u32) -> Option<Value>) -> Option<Arc<Box<dyn Prepared>>> {
    let Preparing { argument, prepare } = crate::fiber::native_def(native).preparing?;
    let text = Str::from_value(constant(argument)?)?.bytes_flat()?;
    prepare(text).map(Arc::new)
}

/// The number by which compilers know a native function, if they know it.
pub fn intrinsic_of(native: runtime::closure::Native) -> Option<bytecode::intrinsic::Intrinsic> {
    crate::fiber::native_def(native).intrinsic
}

/// The address of a native function's short cut, if it has one.
pub fn quick_of(native: runtime::closure::Native) -> Option<usize> {
    crate::fiber::native_def(native).quick.map(|quick| quick as usize)
}

/// A short cut of a native function with one result: it sees the arguments and nothing else, so it neither allocates nor
/// raises. `Value::MARK` means that it does not know, and the function is called.
pub type QuickFn = fn(Args) -> Value;

impl NativeDef {
    /// A function no compiler knows specially.
    pub const fn new(name: &'static str, function: NativeFn) -> NativeDef {
        NativeDef { name, function, intrinsic: None, quick: None, preparing: None }
    }

    /// A function that compilers may inline.
    pub const fn intrinsic(
        name: &'static str,
        function: NativeFn,
        intrinsic: bytecode::intrinsic::Intrinsic,
    ) -> NativeDef {
        NativeDef { name, function, intrinsic: Some(intrinsic), quick: None, preparing: None }
    }

    /// The function with a short cut.
    pub const fn with_quick(mut self, quick: QuickFn) -> NativeDef {
        self.quick = Some(quick);
        self
    }

    /// The function with forms that are prepared for a constant string as that argument, counted from 0.
    pub const fn prepared_for(
        mut self,
        argument: u32,
        prepare: fn(&[u8]) -> Option<Box<dyn Prepared>>,
    ) -> NativeDef {
        self.preparing = Some(Preparing { argument, prepare });
        self
    }

    /// The name without its library: `rep` of `string.rep`.
    pub fn short_name(&self) -> &'static str {
        self.name.rsplit(['.', ':']).next().unwrap_or(self.name)
    }
}

/// The arguments of one native call. Valid until the function returns.
#[derive(Clone, Copy)]
pub struct Args {
    pub(crate) base: *mut Word,
    pub(crate) count: u32,
}

impl Args {
    /// Arguments `base .. base + count` of a window.
    ///
    /// # Safety
    /// The words are initialised words of the fiber's register stack and stay so while the call runs, and three words
    /// below `base` belong to the same window.
    #[inline(always)]
    pub(crate) unsafe fn new(base: *mut Word, count: u32) -> Args {
        Args { base, count }
    }

    /// Number of arguments.
    #[inline(always)]
    pub fn count(self) -> u32 {
        self.count
    }

    /// Argument `i`, counted from 0; nil if there is none.
    #[inline(always)]
    pub fn get(self, i: u32) -> Value {
        if i < self.count {
            // SAFETY: `Args::new` promised `count` initialised words.
            unsafe { (*self.base.add(i as usize)).load() }
        } else {
            Value::NIL
        }
    }

    /// The first `N` arguments, if there are so many: one check instead of one for each.
    #[inline(always)]
    pub fn first<const N: usize>(self) -> Option<[Value; N]> {
        if (self.count as usize) < N {
            return None;
        }
        // SAFETY: `Args::new` promised `count` initialised words.
        Some(std::array::from_fn(|i| unsafe { (*self.base.add(i)).load() }))
    }

    /// All arguments from `first` on, in order.
    pub fn iter_from(self, first: u32) -> impl Iterator<Item = Value> {
        (first..self.count).map(move |i| self.get(i))
    }

    /// Whether argument `i` is absent or nil.
    #[inline]
    pub fn is_nil(self, i: u32) -> bool {
        self.get(i).is_nil()
    }

    /// The native function that is being called.
    #[inline]
    pub fn callee(self) -> Native {
        // SAFETY: the window's first word holds the native function until results are written.
        unsafe { Native::from_value_unchecked((*self.window()).load()) }
    }

    /// The value that upvalue `i` of the called function holds.
    #[inline]
    pub fn upvalue(self, i: usize) -> Value {
        self.callee().upvalue(i).load()
    }

    /// First word of the window.
    #[inline(always)]
    pub(crate) fn window(self) -> *mut Word {
        // SAFETY: `Args::new` promised three words below `base`.
        unsafe { self.base.sub(WINDOW_HEADER) }
    }

    /// First argument word.
    #[inline(always)]
    pub(crate) fn base(self) -> *mut Word {
        self.base
    }

    /// No results.
    #[inline(always)]
    pub fn ret0(self) -> NativeResult {
        Ok(Results(0))
    }

    /// One result.
    #[inline(always)]
    pub fn ret1(self, v: Value) -> NativeResult {
        // SAFETY: the window has three words before the arguments.
        unsafe { (*self.window()).store(v) };
        Ok(Results(1))
    }

    /// Two results.
    #[inline(always)]
    pub fn ret2(self, a: Value, b: Value) -> NativeResult {
        // SAFETY: as in `ret1`.
        unsafe {
            (*self.window()).store(a);
            (*self.window().add(1)).store(b);
        }
        Ok(Results(2))
    }

    /// Three results.
    #[inline(always)]
    pub fn ret3(self, a: Value, b: Value, c: Value) -> NativeResult {
        // SAFETY: as in `ret1`.
        unsafe {
            (*self.window()).store(a);
            (*self.window().add(1)).store(b);
            (*self.window().add(2)).store(c);
        }
        Ok(Results(3))
    }

    /// Any number of results.
    ///
    /// # Errors
    /// `stack overflow` if the register stack cannot hold them.
    pub fn ret(self, fiber: &mut Fiber, values: &[Value]) -> NativeResult {
        let window = fiber.reserve_results(self, values.len())?;
        for (i, v) in values.iter().enumerate() {
            // SAFETY: `reserve_results` gave room for all of them.
            unsafe { (*window.add(i)).store(*v) };
        }
        Ok(Results(values.len() as u32))
    }

    /// The results `f(0), f(1), … f(count - 1)`; `f` must not call back into scripts.
    ///
    /// # Errors
    /// `stack overflow` if the register stack cannot hold them.
    pub fn ret_with(
        self,
        fiber: &mut Fiber,
        count: usize,
        mut f: impl FnMut(&mut Fiber, usize) -> Value,
    ) -> NativeResult {
        let window = fiber.reserve_results(self, count)?;
        for i in 0..count {
            let v = f(fiber, i);
            // SAFETY: `reserve_results` gave room for all of them.
            unsafe { (*window.add(i)).store(v) };
        }
        Ok(Results(count as u32))
    }

    /// The arguments from `first` on as results.
    ///
    /// # Errors
    /// None in practice: they are already on the stack.
    pub fn ret_args_from(self, first: u32) -> NativeResult {
        let n = self.count.saturating_sub(first);
        for i in 0..n {
            // SAFETY: results move down over words already read.
            unsafe { (*self.window().add(i as usize)).store((*self.base.add((first + i) as usize)).load()) };
        }
        Ok(Results(n))
    }

    // ---- checked access -------------------------------------------------------------------------------------------

    /// The error `bad argument #N to 'NAME' (DETAIL)` for argument `i` (from 0; methods do not count their receiver).
    #[cold]
    #[inline(never)]
    pub fn bad(self, fiber: &mut Fiber, i: u32, detail: &str) -> Thrown {
        let name = self.callee_name();
        let number = if name.contains(':') { i } else { i + 1 };
        fiber.error(&format!("bad argument #{number} to '{name}' ({detail})"))
    }

    /// The error `bad argument #N to 'NAME' (WHAT expected, got T)`.
    #[cold]
    #[inline(never)]
    pub fn type_error(self, fiber: &mut Fiber, i: u32, what: &str) -> Thrown {
        let got = if i >= self.count { "no value".to_string() } else { fiber.type_name_of(self.get(i)) };
        self.bad(fiber, i, &format!("{what} expected, got {got}"))
    }

    /// The called function's qualified name.
    pub fn callee_name(self) -> &'static str {
        // SAFETY: every native function's descriptor is a `&'static NativeDef` (see `Engine::new_native`).
        unsafe { (*self.callee().descriptor().cast::<NativeDef>()).name }
    }

    /// Argument `i`, which must be there (nil counts).
    pub fn any(self, fiber: &mut Fiber, i: u32) -> Result<Value, Thrown> {
        if i < self.count { Ok(self.get(i)) } else { Err(self.bad(fiber, i, "value expected")) }
    }

    /// Argument `i` as a number; numeric strings convert.
    #[inline]
    pub fn num(self, fiber: &mut Fiber, i: u32) -> Result<Num, Thrown> {
        let v = self.get(i);
        if v.is_small_int() {
            Ok(Num::Int(v.small_int_payload()))
        } else if v.is_float() {
            Ok(Num::Float(v.float_payload()))
        } else {
            self.num_slow(fiber, i)
        }
    }

    #[cold]
    #[inline(never)]
    fn num_slow(self, fiber: &mut Fiber, i: u32) -> Result<Num, Thrown> {
        match fiber.to_num(self.get(i)) {
            Some(n) => Ok(n),
            None => Err(self.type_error(fiber, i, "number")),
        }
    }

    /// Argument `i` as a float.
    #[inline]
    pub fn float(self, fiber: &mut Fiber, i: u32) -> Result<f64, Thrown> {
        Ok(self.num(fiber, i)?.to_float())
    }

    /// Argument `i` as an integer; floats with an exact integer value and such numerals convert.
    #[inline]
    pub fn int(self, fiber: &mut Fiber, i: u32) -> Result<i64, Thrown> {
        let v = self.get(i);
        if v.is_small_int() { Ok(v.small_int_payload()) } else { self.int_slow(fiber, i) }
    }

    #[cold]
    #[inline(never)]
    fn int_slow(self, fiber: &mut Fiber, i: u32) -> Result<i64, Thrown> {
        match self.num(fiber, i)? {
            Num::Int(n) => Ok(n),
            Num::Float(x) => match bytecode::arith::float_to_int(x) {
                Some(n) => Ok(n),
                None => Err(self.bad(fiber, i, "number has no integer representation")),
            },
        }
    }

    /// Argument `i` as an integer, or the default if it is absent or nil.
    #[inline]
    pub fn opt_int(self, fiber: &mut Fiber, i: u32, default: i64) -> Result<i64, Thrown> {
        if self.is_nil(i) { Ok(default) } else { self.int(fiber, i) }
    }

    /// Argument `i` as a float, or the default if it is absent or nil.
    #[inline]
    pub fn opt_float(self, fiber: &mut Fiber, i: u32, default: f64) -> Result<f64, Thrown> {
        if self.is_nil(i) { Ok(default) } else { self.float(fiber, i) }
    }

    /// Argument `i` as a string; numbers convert.
    #[inline]
    pub fn str(self, fiber: &mut Fiber, i: u32) -> Result<Str, Thrown> {
        match Str::from_value(self.get(i)) {
            Some(s) => Ok(s),
            None => self.str_slow(fiber, i),
        }
    }

    #[cold]
    #[inline(never)]
    fn str_slow(self, fiber: &mut Fiber, i: u32) -> Result<Str, Thrown> {
        let v = self.get(i);
        if i < self.count && v.is_number() {
            fiber.number_to_str(v)
        } else {
            Err(self.type_error(fiber, i, "string"))
        }
    }

    /// Argument `i` as a string, or `None` if it is absent or nil.
    #[inline]
    pub fn opt_str(self, fiber: &mut Fiber, i: u32) -> Result<Option<Str>, Thrown> {
        if self.is_nil(i) { Ok(None) } else { self.str(fiber, i).map(Some) }
    }

    /// Argument `i` as a table.
    #[inline]
    pub fn table(self, fiber: &mut Fiber, i: u32) -> Result<Table, Thrown> {
        match Table::from_value(self.get(i)) {
            Some(t) => Ok(t),
            None => Err(self.type_error(fiber, i, "table")),
        }
    }

    /// Argument `i`, which must be callable: a function, or a table with `__call`.
    pub fn callable(self, fiber: &mut Fiber, i: u32) -> Result<Value, Thrown> {
        let v = self.get(i);
        if v.is_function() || fiber.metamethod(v, crate::engine::Meta::Call).is_some() {
            Ok(v)
        } else {
            Err(self.type_error(fiber, i, "function"))
        }
    }

    /// Argument `i` as a condition.
    #[inline]
    pub fn truth(self, i: u32) -> bool {
        !self.get(i).is_falsy()
    }
}

impl Engine {
    /// A new native function value without upvalues.
    pub fn new_native(&self, m: &mut runtime::mutator::Mutator, def: &'static NativeDef) -> Value {
        self.new_native_with(m, def, &[])
    }

    /// A new native function value with upvalues, which the function reads by [`Args::upvalue`].
    pub fn new_native_with(
        &self,
        m: &mut runtime::mutator::Mutator,
        def: &'static NativeDef,
        upvalues: &[Value],
    ) -> Value {
        Native::new(m, def.function as usize, (def as *const NativeDef).cast(), upvalues).to_value()
    }
}

/// A function that calls `callee` with its own arguments: hides a callable table where a function is wanted.
pub(crate) fn bind_callable(fiber: &mut Fiber, callee: Value) -> Value {
    static DEF: NativeDef = NativeDef::new("(call)", |fiber, args| {
        let results = fiber.call_args(args.upvalue(0), args, 0)?;
        // ROOTED: they go to the window, which may overlap the place they are in, before anything allocates.
        let results: Vec<Value> = results.iter().collect();
        args.ret(fiber, &results)
    });
    let (engine, m) = fiber.parts();
    engine.new_native_with(m, &DEF, &[callee])
}

impl Fiber {
    /// Calls `callee` with the arguments from `first` on, without copying them to the Rust heap.
    ///
    /// # Errors
    /// As [`Fiber::call`].
    pub fn call_args(
        &mut self,
        callee: Value,
        args: Args,
        first: u32,
    ) -> Result<crate::fiber::Returned, Thrown> {
        let n = args.count().saturating_sub(first) as usize;
        let window = self.free_top();
        if !self.has_room(window, WINDOW_HEADER + n) {
            // ROOTED: they are arguments of this call all the time.
            let values: Vec<Value> = args.iter_from(first).collect();
            return self.call(callee, &values);
        }
        // SAFETY: there is room for header, arguments and slack at `window`, which lies above the arguments.
        unsafe {
            (*window).store(callee);
            for i in 0..n {
                (*window.add(WINDOW_HEADER + i)).store((*args.base().add(first as usize + i)).load());
            }
            self.call_window(window, n as u32)
        }
    }

    /// As [`Fiber::call_args`], giving the error value instead of unwinding the caller. `handler` is called with the
    /// error where it is raised; `Value::MARK` if there is none.
    pub fn protected_call_args(
        &mut self,
        callee: Value,
        args: Args,
        first: u32,
        handler: Value,
    ) -> Result<crate::fiber::Returned, Value> {
        self.protect(handler, |fiber| fiber.call_args(callee, args, first))
    }

    /// `prefix` and then the results of a call as this function's results.
    ///
    /// # Errors
    /// `too many results to unpack`.
    pub fn ret_prefixed(
        &mut self,
        args: Args,
        prefix: Value,
        results: crate::fiber::Returned,
    ) -> NativeResult {
        let n = results.count() as usize + 1;
        let window = args.window();
        if self.has_room(window, n) {
            // SAFETY: there is room; results lie above the window or in the result area, and are moved down in order.
            unsafe {
                let first = results.get(0);
                (*window).store(prefix);
                if n > 1 {
                    let mut carried = first;
                    for i in 1..n {
                        let next = results.get(i as u32);
                        (*window.add(i)).store(carried);
                        carried = next;
                    }
                }
            }
            return Ok(Results(n as u32));
        }
        let mut values = Vec::with_capacity(n);
        values.push(prefix);
        values.extend(results.iter());
        self.result_area = values;
        Ok(Results(n as u32))
    }
}
