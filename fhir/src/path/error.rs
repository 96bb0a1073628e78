//! Why a path could not be parsed or evaluated.

/// A fault of an expression, or of applying it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The text is not an expression; `offset` counts bytes.
    #[error("expected {expected} at offset {offset}")]
    Syntax {
        /// Where in the text.
        offset: usize,
        /// What would have been accepted.
        expected: &'static str,
    },
    /// Nesting deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("the expression is nested too deeply")]
    TooDeep,
    /// There is no function of this name.
    #[error("there is no function `{0}`")]
    UnknownFunction(String),
    /// The function takes another number of arguments.
    #[error("the function `{0}` does not take {1} arguments")]
    Arguments(&'static str, usize),
    /// The text is not a regular expression, or too large a one.
    #[error("`{0}` is not an acceptable regular expression")]
    Pattern(String),
    /// One item was needed.
    #[error("`{0}` needs a single item and found several")]
    NotSingle(&'static str),
    /// The operands or the input have types the operation is not defined for.
    #[error("`{0}` is not defined for these types")]
    Type(&'static str),
    /// The environment has no such variable.
    #[error("there is no variable `%{0}`")]
    UnknownVariable(String),
    /// The function needs something the environment was not given.
    #[error("`{0}` is not available in this environment")]
    Unavailable(&'static str),
    /// Evaluation would take unreasonably long.
    #[error("the evaluation was given up because it takes too many steps")]
    TooCostly,
}
