//! The words of a `$filter` expression.

/// Bytes that a filter may have.
const FILTER_MAX: usize = 8_192;

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Open,
    Close,
    Comma,
    Colon,
    /// A name, path, keyword, number, date or GUID: everything without quotes.
    Word(String),
    /// `'it''s'` without its quotes.
    Text(String),
}

/// The words of an expression.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    if text.len() > FILTER_MAX {
        return Err(format!("The filter is longer than {FILTER_MAX} characters."));
    }
    let mut all = Vec::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '(' => all.push(Token::Open),
            ')' => all.push(Token::Close),
            ',' => all.push(Token::Comma),
            '\'' => {
                all.push(Token::Text(quoted(&mut letters).ok_or_else(|| {
                    format!("There is an unterminated string literal at position {at} in the filter.")
                })?))
            }
            ':' => all.push(Token::Colon),
            letter if letter.is_whitespace() => {}
            letter if is_word(letter) => {
                let mut word = String::from(letter);
                while let Some((_, next)) =
                    letters.next_if(|(_, next)| is_word(*next) || (*next == ':' && is_time(&word)))
                {
                    word.push(next);
                }
                all.push(Token::Word(word));
            }
            _ => return Err(format!("Syntax error: character '{letter}' is not valid at position {at}.")),
        }
    }
    Ok(all)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || "_/.-+@#$".contains(letter)
}

/// Whether a word began as a date and time, in which a colon belongs to the word.
fn is_time(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_digit()) && word.contains(['T', 't']) && word.contains('-')
}

/// The rest of a quoted text; the first quote is read already.
fn quoted(letters: &mut std::iter::Peekable<std::str::CharIndices<'_>>) -> Option<String> {
    let mut text = String::new();
    loop {
        match letters.next()?.1 {
            '\'' if letters.next_if(|(_, next)| *next == '\'').is_some() => text.push('\''),
            '\'' => return Some(text),
            letter => text.push(letter),
        }
    }
}
