//! The Python server of the README, as it stands there.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use super::documents::{only_block, root};
use crate::program::wait_until;
use crate::python::python;

/// Where it listens, as the README has it.
const ADDRESS: &str = "127.0.0.1:50051";

/// The server while it runs; killed when dropped.
pub(crate) struct Example {
    child: Child,
    address: SocketAddr,
}

impl Example {
    /// Starts it as a reader does, in the root of the project, but on a free port; waits until it
    /// listens.
    pub(crate) fn start() -> Self {
        let address = free_address();
        let text = only_block("python");
        let moved = text.replace(ADDRESS, &address.to_string());
        assert_ne!(moved, text, "the example does not listen on {ADDRESS}");
        let child = Command::new(python())
            .args(["-c", &moved])
            .current_dir(root())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .spawn()
            .expect("Python starts");
        let mut example = Self { child, address };
        wait_until("the README's server listens", || {
            let ended = example.child.try_wait().expect("a child can be waited for");
            assert!(ended.is_none(), "the README's server ended: {ended:?}");
            TcpStream::connect(address).is_ok()
        });
        example
    }

    /// Its address, as `--server` takes it.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that nobody listens on at this moment.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it has an address")
}
