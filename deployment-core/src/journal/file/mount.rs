//! Which file systems a file journal can trust.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// File systems behind which other machines write, or whose locks and syncs mean less than those of a disk.
const NETWORK: [&str; 21] = [
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "davfs",
    "fuse.ceph",
    "fuse.davfs2",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "orangefs",
    "smb3",
    "smbfs",
];

/// Refuses a network file system. On systems without `/proc/self/mountinfo` nothing is known, so nothing is refused.
pub(super) fn refuse_network(root: &Path) -> Result<()> {
    let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    match type_of(root, &String::from_utf8_lossy(&mounts)) {
        Some(kind) if NETWORK.contains(&kind) => {
            let message = format!(
                "the directory is on a network file system ({kind}), where neither locks nor syncs can be relied on; \
                 use a directory on a local disk, or a journal made for several machines"
            );
            Err(Error::new(ErrorKind::Unsupported, "open", message).with("path", root.display()))
        }
        _ => Ok(()),
    }
}

/// The type of the file system that `path` is on: that of the deepest mount above it, and of those the last.
fn type_of<'a>(path: &Path, mounts: &'a str) -> Option<&'a str> {
    mounts
        .lines()
        .filter_map(|line| {
            let (mount, rest) = line.split_once(" - ")?;
            let point = unescape(mount.split(' ').nth(4)?);
            path.starts_with(&point).then_some((point.components().count(), rest.split(' ').next()?))
        })
        .max_by_key(|(depth, _)| *depth)
        .map(|(_, kind)| kind)
}

/// `\040` and the like, as the kernel writes white space in a path.
fn unescape(text: &str) -> PathBuf {
    let mut path = String::with_capacity(text.len());
    let mut parts = text.split('\\');
    path.push_str(parts.next().unwrap_or_default());
    for part in parts {
        match part.split_at_checked(3).and_then(|(octal, rest)| Some((u8::from_str_radix(octal, 8).ok()?, rest))) {
            Some((byte, rest)) => {
                path.push(char::from(byte));
                path.push_str(rest);
            }
            None => path.push_str(part),
        }
    }
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:30 / /mnt/share rw - nfs4 host:/x rw
41 22 0:31 / /mnt/share/local rw - tmpfs tmpfs rw
42 22 0:32 / /mnt/with\\040space rw shared:9 - cifs //h/x rw
43 22 0:33 / /over rw - ext4 /dev/vdb rw
44 43 0:34 / /over rw - fuse.sshfs h: rw
";

    #[test]
    fn the_deepest_and_last_mount_counts() {
        let cases = [
            ("/srv/x", "ext4"),
            ("/mnt/share/j", "nfs4"),
            ("/mnt/shared", "ext4"),
            ("/mnt/share/local/j", "tmpfs"),
            ("/mnt/with space/j", "cifs"),
            ("/over/j", "fuse.sshfs"),
        ];
        for (path, kind) in cases {
            assert_eq!(type_of(Path::new(path), MOUNTS), Some(kind), "{path}");
        }
    }

    #[test]
    fn a_disk_is_accepted() {
        refuse_network(Path::new("/")).unwrap();
    }
}
