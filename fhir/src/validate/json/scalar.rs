//! The words of JSON: strings, numbers and literals. <https://www.rfc-editor.org/rfc/rfc8259>

use serde_json::{Number, Value};

use super::fault::Fault;
use crate::validate::issue::Code;
use crate::validate::wording::quoted;

/// A position in the text.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

type Result<T> = std::result::Result<T, Fault>;

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// A fault at the current position.
    pub(super) fn fault(&self, code: Code, what: impl Into<String>) -> Fault {
        Fault::at(&self.text.as_bytes()[..self.at], code, what.into())
    }

    fn expected(&self, what: &str) -> Fault {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let found = match rest.chars().next() {
            None => "the text ends".to_owned(),
            Some(letter) => format!("{} was found", quoted(letter.encode_utf8(&mut [0; 4]))),
        };
        self.fault(Code::Structure, format!("Expected {what}, but {found}."))
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// Goes past the byte that was peeked at.
    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    pub(super) fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Whether a comma follows, and not the bracket that ends the container.
    pub(super) fn goes_on(&mut self, end: u8) -> Result<bool> {
        if self.skip(b',') {
            return Ok(true);
        }
        if self.skip(end) {
            return Ok(false);
        }
        let what = if end == b'}' {
            "\",\" or \"}\""
        } else {
            "\",\" or \"]\""
        };
        Err(self.expected(what))
    }

    /// The end of the text.
    pub(super) fn end(&mut self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the text")),
        }
    }

    /// A key and its colon.
    pub(super) fn key(&mut self) -> Result<String> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key in quotation marks"));
        }
        let key = self.string()?;
        if self.skip(b':') {
            return Ok(key);
        }
        Err(self.expected("\":\""))
    }

    pub(super) fn scalar(&mut self) -> Result<Value> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Null),
            _ => Err(self.expected("a value")),
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.expected("a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    /// A number, whose text is kept.
    fn number(&mut self) -> Result<Value> {
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        // Parsing would rewrite `1e5` as `1e+5`; FHIR wants decimals returned as they were written.
        let text = self.text[start..self.at].to_owned();
        Ok(Value::Number(Number::from_string_unchecked(text)))
    }

    /// One or more digits.
    fn digits(&mut self) -> Result<()> {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return Err(self.expected("a digit"));
        }
        self.at += count;
        Ok(())
    }

    /// A string, at whose quotation mark the position is.
    fn string(&mut self) -> Result<String> {
        self.at += 1;
        let mut text = self.run()?.to_owned();
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                Some(_) => return Err(self.expected("an escape in place of a control character")),
                None => return Err(self.expected("the end of the string")),
            }
            text.push_str(self.run()?);
        }
    }

    /// The letters up to a quotation mark, an escape or a control character.
    fn run(&mut self) -> Result<&'t str> {
        let rest = &self.text.as_bytes()[self.at..];
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        let length = rest.iter().position(is_special).unwrap_or(rest.len());
        let run = self.text.get(self.at..self.at + length);
        self.at += length;
        run.ok_or_else(|| self.expected("a letter"))
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char> {
        let escaped = match self.byte() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.code_point();
            }
            _ => return Err(self.expected("an escape")),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// The digits after `\u`, and those of the second half of a surrogate pair.
    fn code_point(&mut self) -> Result<char> {
        let first = self.unit()?;
        let mut code = u32::from(first);
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let second = u32::from(self.unit()?);
            if (0xdc00..0xe000).contains(&second) {
                code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
            }
        }
        char::from_u32(code).ok_or_else(|| self.expected("both halves of a surrogate pair"))
    }

    fn unit(&mut self) -> Result<u16> {
        let digits = self.text.get(self.at..self.at + 4);
        let unit = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.expected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(unit)
    }
}
