//! One parameter of an operation (R4, `OperationDefinition.parameter`).

/// Which way a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Sent by the caller.
    In,
    /// Part of the answer.
    Out,
}

/// A row of a definition.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Which way it goes.
    pub direction: Use,
    /// Its name.
    pub name: &'static str,
    /// How often it must be given.
    pub min: u32,
    /// How often it may be given: `1` or `*`.
    pub max: &'static str,
    /// A FHIR type.
    pub fhir_type: &'static str,
    /// What it means.
    pub documentation: &'static str,
}

/// A parameter that is sent.
pub const fn input(
    name: &'static str,
    min: u32,
    max: &'static str,
    fhir_type: &'static str,
    documentation: &'static str,
) -> Parameter {
    Parameter {
        direction: Use::In,
        name,
        min,
        max,
        fhir_type,
        documentation,
    }
}

/// A parameter of the answer.
pub const fn output(
    name: &'static str,
    min: u32,
    max: &'static str,
    fhir_type: &'static str,
    documentation: &'static str,
) -> Parameter {
    Parameter {
        direction: Use::Out,
        ..input(name, min, max, fhir_type, documentation)
    }
}

impl Parameter {
    /// Whether the caller must send it.
    pub fn is_required(&self) -> bool {
        self.direction == Use::In && self.min > 0
    }

    /// Whether it can stand in a URL: primitive types begin with a small letter.
    pub fn is_primitive(&self) -> bool {
        self.fhir_type
            .starts_with(|letter: char| letter.is_ascii_lowercase())
    }

    /// Whether it may be given more than once.
    pub fn repeats(&self) -> bool {
        self.max == "*"
    }
}
