//! The part of a document that is written here and by no hand.

use std::fs;
use std::io::Write;
use std::path::Path;

use tempfile::NamedTempFile;

const BEGIN: &str = "<!-- From here on to the end of it: written by `make bench-peers`. -->";
const END: &str = "<!-- The end of what `make bench-peers` writes. -->";

/// Puts `text` between the marks of a document. The old document stays until the new one is complete.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let document = fs::read_to_string(path).map_err(|error| failed(&error))?;
    let document = replaced(&document, text).ok_or_else(|| failed(&"the marks are not in it"))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file =
        NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(|error| failed(&error))?;
    file.write_all(document.as_bytes())
        .map_err(|error| failed(&error))?;
    let permissions = fs::metadata(path)
        .map_err(|error| failed(&error))?
        .permissions();
    file.as_file()
        .set_permissions(permissions)
        .map_err(|error| failed(&error))?;
    file.persist(path).map_err(|error| failed(&error))?;
    Ok(())
}

fn replaced(document: &str, text: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!(
        "{before}{BEGIN}\n\n{}\n\n{END}{after}",
        text.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
        let document = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let expected = format!("before\n{BEGIN}\n\nnew\n\n{END}\nafter\n");
        assert_eq!(replaced(&document, "new\n"), Some(expected));
    }

    #[test]
    fn a_document_without_marks_is_refused() {
        assert_eq!(replaced("before\nafter\n", "new"), None);
    }
}
