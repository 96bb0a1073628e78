//! The grammar: `given eq "peter" and (birthdate ge 2014-10-10 or not (active eq true))`.

use fhir::resource_type::ResourceType;

use super::Filter;
use super::comparison::{Operator, compare};
use crate::problem::{self, Problem, printable};
use crate::search::clause::Clause;
use crate::search::query::Context;

/// How deeply parentheses may be nested.
const MAX_DEPTH: usize = 16;
/// Most tests in one filter.
const MAX_TESTS: usize = 50;

/// Reads a filter over resources of a type.
pub(in crate::search) fn parse(
    resource_type: ResourceType,
    text: &str,
    context: &Context<'_>,
) -> Result<Filter, Problem> {
    let mut reader = Reader {
        rest: text,
        whole: text,
        resource_type,
        context,
        depth: 0,
        tests: 0,
    };
    let filter = reader.any()?;
    reader.skip_blanks();
    if reader.rest.is_empty() {
        Ok(filter)
    } else {
        Err(reader.malformed())
    }
}

struct Reader<'a> {
    rest: &'a str,
    whole: &'a str,
    resource_type: ResourceType,
    context: &'a Context<'a>,
    depth: usize,
    tests: usize,
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Result<Filter, Problem> {
        let mut parts = vec![self.all()?];
        while self.take_word("or") {
            parts.push(self.all()?);
        }
        Ok(match parts.len() {
            1 => parts.swap_remove(0),
            _ => Filter::Any(parts),
        })
    }

    fn all(&mut self) -> Result<Filter, Problem> {
        let mut parts = vec![self.one()?];
        while self.take_word("and") {
            parts.push(self.one()?);
        }
        Ok(match parts.len() {
            1 => parts.swap_remove(0),
            _ => Filter::All(parts),
        })
    }

    fn one(&mut self) -> Result<Filter, Problem> {
        if self.take_word("not") {
            self.skip_blanks();
            // A parameter may be called so, but nothing else stands before a parenthesis.
            if !self.rest.starts_with('(') {
                return Err(self.malformed());
            }
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.rest = rest;
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(self.malformed());
            }
            let inner = self.any()?;
            self.depth -= 1;
            self.skip_blanks();
            self.rest = self
                .rest
                .strip_prefix(')')
                .ok_or_else(|| self.malformed())?;
            return Ok(inner);
        }
        self.test()
    }

    /// `path operator value`
    fn test(&mut self) -> Result<Filter, Problem> {
        self.tests += 1;
        if self.tests > MAX_TESTS {
            return Err(Problem::new(
                problem::Kind::TooCostly,
                format!("A filter takes at most {MAX_TESTS} tests."),
            ));
        }
        let path = self.word().ok_or_else(|| self.malformed())?;
        if path.contains(['[', ']']) {
            return Err(Problem::new(
                problem::Kind::UnsupportedValue,
                "Filters inside a path, in square brackets, are not offered.",
            )
            .at_parameter("_filter"));
        }
        let operator = self
            .word()
            .and_then(Operator::parse)
            .ok_or_else(|| self.malformed())?;
        let value = self.value().ok_or_else(|| self.malformed())?;
        Clause::parse_hop(
            self.resource_type,
            path,
            &|parameter, modifier| compare(parameter, modifier, operator, &value, self.context),
            0,
        )
        .map(Filter::Test)
    }

    /// A word in quotation marks as in JSON, or everything up to a blank or a closing bracket.
    fn value(&mut self) -> Option<String> {
        self.skip_blanks();
        if !self.rest.starts_with('"') {
            return self.word().map(str::to_owned);
        }
        let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter::<String>();
        let value = stream.next()?.ok()?;
        let used = stream.byte_offset();
        self.rest = self.rest.get(used..)?;
        Some(value)
    }

    fn word(&mut self) -> Option<&'a str> {
        self.skip_blanks();
        let end = self
            .rest
            .find(|letter: char| letter.is_whitespace() || letter == ')')
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    /// Takes a word of the grammar where it stands alone.
    fn take_word(&mut self, wanted: &str) -> bool {
        self.skip_blanks();
        let Some(rest) = self
            .rest
            .get(..wanted.len())
            .filter(|start| start.eq_ignore_ascii_case(wanted))
            .and_then(|_| self.rest.get(wanted.len()..))
        else {
            return false;
        };
        let stands_alone = rest.starts_with(|letter: char| letter.is_whitespace() || letter == '(');
        if stands_alone {
            self.rest = rest;
        }
        stands_alone
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn malformed(&self) -> Problem {
        let at = self.whole.len() - self.rest.len();
        Problem::new(
            problem::Kind::Value,
            format!(
                "The filter cannot be read at position {at}, '{}'; accepted: tests such as name co \"pet\", joined by and, or, not (…) and parentheses.",
                printable(self.rest)
            ),
        )
        .at_parameter("_filter")
    }
}
