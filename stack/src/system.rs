//! What the program asks of the operating system before it begins.

/// Memory in small pages, and as many open files as this process may have. Neither is a condition:
/// where the system refuses, the program runs as it is.
pub fn prepare() {
    #[cfg(target_os = "linux")]
    small_pages();
    #[cfg(unix)]
    many_files();
}

/// Huge pages are cleared whole when their first byte is written: at a start that is a quarter of the
/// work, and half of the memory of an idle stack.
#[cfg(target_os = "linux")]
fn small_pages() {
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Each connection is an open file; shells often allow a thousand although the system allows more.
#[cfg(unix)]
fn many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let _ = setrlimit(Resource::Nofile, raised);
}
