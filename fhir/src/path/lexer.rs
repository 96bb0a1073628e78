//! The words of an expression. <http://hl7.org/fhirpath/N1/grammar.html>

use super::error::PathError;
use super::temporal_text::{self, Temporal};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'t> {
    /// A name, which may also be a keyword.
    Word(&'t str),
    /// A name between backticks.
    Delimited(String),
    /// A string between apostrophes.
    Text(String),
    Number(&'t str),
    Temporal(Temporal),
    /// `%name`
    Variable(String),
    /// `$this`, `$index`, `$total`, without the dollar.
    Special(&'t str),
    Symbol(&'static str),
    End,
}

/// A token and the byte offset it starts at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexeme<'t> {
    pub(super) token: Token<'t>,
    pub(super) offset: usize,
}

/// Symbols, the longer before those they start with.
const SYMBOLS: [&str; 23] = [
    "<=", ">=", "!=", "!~", "*", "/", "+", "-", "&", "|", "<", ">", "=", "~", "(", ")", "[", "]",
    "{", "}", ".", ",", ";",
];

/// Splits `text` into tokens; the last one is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Lexeme<'_>>, PathError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut lexemes = Vec::new();
    loop {
        lexer.skip_blank()?;
        let offset = lexer.at;
        let token = lexer.token()?;
        let is_end = token == Token::End;
        lexemes.push(Lexeme { token, offset });
        if is_end {
            return Ok(lexemes);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fault(&self, expected: &'static str) -> PathError {
        PathError::Syntax {
            offset: self.at,
            expected,
        }
    }

    fn skip_blank(&mut self) -> Result<(), PathError> {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start().len();
            self.at += blank;
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let end = rest
                    .find("*/")
                    .ok_or_else(|| self.fault("the end of the comment"))?;
                self.at += end + 2;
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Token<'t>, PathError> {
        match self.rest().chars().next() {
            None => Ok(Token::End),
            Some('\'') => self.quoted('\'').map(Token::Text),
            Some('`') => self.quoted('`').map(Token::Delimited),
            Some('@') => self.temporal(),
            Some('%') => self.variable(),
            Some('$') => self.special(),
            Some(first) if first.is_ascii_digit() => Ok(self.number()),
            Some(first) if is_word(first) => Ok(Token::Word(self.take_while(is_word))),
            Some(_) => self.symbol(),
        }
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|letter| !accept(letter)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn number(&mut self) -> Token<'t> {
        let rest = self.rest();
        let mut length = self.take_while(|letter| letter.is_ascii_digit()).len();
        let fraction = rest[length..].strip_prefix('.').unwrap_or_default();
        if fraction.starts_with(|letter: char| letter.is_ascii_digit()) {
            self.at += 1;
            length += 1 + self.take_while(|letter| letter.is_ascii_digit()).len();
        }
        Token::Number(&rest[..length])
    }

    fn temporal(&mut self) -> Result<Token<'t>, PathError> {
        let after = self.rest().get(1..).unwrap_or_default();
        let (value, length) =
            temporal_text::literal(after).ok_or_else(|| self.fault("a date or time"))?;
        self.at += 1 + length;
        Ok(Token::Temporal(value))
    }

    fn variable(&mut self) -> Result<Token<'t>, PathError> {
        self.at += 1;
        match self.rest().chars().next() {
            Some(quote @ ('\'' | '`')) => self.quoted(quote).map(Token::Variable),
            Some(first) if is_word(first) && !first.is_ascii_digit() => {
                Ok(Token::Variable(self.take_while(is_word).to_owned()))
            }
            _ => Err(self.fault("the name of a variable")),
        }
    }

    fn special(&mut self) -> Result<Token<'t>, PathError> {
        self.at += 1;
        match self.take_while(is_word) {
            word @ ("this" | "index" | "total") => Ok(Token::Special(word)),
            _ => Err(self.fault("`$this`, `$index` or `$total`")),
        }
    }

    fn symbol(&mut self) -> Result<Token<'t>, PathError> {
        let rest = self.rest();
        let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
        let symbol = symbol.ok_or_else(|| self.fault("an operator or a term"))?;
        self.at += symbol.len();
        Ok(Token::Symbol(symbol))
    }

    /// Reads up to the closing quote, with the escapes of the grammar.
    fn quoted(&mut self, quote: char) -> Result<String, PathError> {
        let mut value = String::new();
        let mut letters = self.rest().char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => {
                    let escaped = unescape(&mut letters);
                    value.push(escaped.ok_or_else(|| self.fault("a known escape sequence"))?);
                }
                letter if letter == quote => {
                    self.at += at + quote.len_utf8();
                    return Ok(value);
                }
                letter => value.push(letter),
            }
        }
        Err(self.fault("a closing quote"))
    }
}

/// The letter that follows a backslash stands for.
fn unescape(letters: &mut impl Iterator<Item = (usize, char)>) -> Option<char> {
    match letters.next()?.1 {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'f' => Some('\u{c}'),
        'u' => {
            let mut code = 0;
            for _ in 0..4 {
                code = code * 16 + letters.next()?.1.to_digit(16)?;
            }
            char::from_u32(code)
        }
        letter @ ('\\' | '/' | '\'' | '"' | '`') => Some(letter),
        _ => None,
    }
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}
