//! A disk in memory whose power can be cut: what was written and not yet synchronised may be
//! gone, as on a real one.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, UNIX_EPOCH};

use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags,
    Generation, INodeNo, LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData,
    ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyWrite, Request,
};

/// Names and contents of files.
pub type Image = BTreeMap<String, Vec<u8>>;

const KEPT: Duration = Duration::from_secs(1);

#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Length(length) => content.resize(*length, 0),
            Self::Write(offset, bytes) => {
                let end = offset + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*offset..end].copy_from_slice(bytes);
            }
        }
    }
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    now: Vec<u8>,
    pending: Vec<Change>,
}

impl File {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.pending.push(change);
    }

    fn synchronise(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable);
        }
    }
}

#[derive(Default)]
struct Content {
    names: BTreeMap<String, u64>,
    files: BTreeMap<u64, File>,
}

impl Content {
    fn add(&mut self, name: &str) -> u64 {
        let number = self.files.keys().last().map_or(2, |last| last + 1);
        self.files.insert(number, File::default());
        self.names.insert(name.to_owned(), number);
        number
    }
}

/// The disk, mounted for as long as this lives.
pub struct Disk {
    content: Arc<Mutex<Content>>,
    session: Option<BackgroundSession>,
}

impl Disk {
    /// A disk with this content, mounted at `folder`. One that lies reports everything as
    /// synchronised and synchronises nothing.
    pub fn mount(image: &Image, folder: &Path, lies: bool) -> Self {
        let mut content = Content::default();
        for (name, bytes) in image {
            let number = content.add(name);
            let file = content.files.get_mut(&number).unwrap();
            file.durable.clone_from(bytes);
            file.now.clone_from(bytes);
        }
        let content = Arc::new(Mutex::new(content));
        let files = Files {
            content: Arc::clone(&content),
            lies,
        };
        let session = fuser::spawn_mount(files, folder, &Config::default()).unwrap();
        Self {
            content,
            session: Some(session),
        }
    }

    /// What is left when the power goes now: everything synchronised, and of the rest what
    /// `survives` says, change by change.
    pub fn cut(&self, mut survives: impl FnMut() -> bool) -> Image {
        let content = self.content.lock().unwrap();
        let left = |file: &File, survives: &mut dyn FnMut() -> bool| {
            let mut bytes = file.durable.clone();
            for change in file.pending.iter().filter(|_| survives()) {
                change.apply(&mut bytes);
            }
            bytes
        };
        let names = content.names.iter();
        names
            .map(|(name, number)| (name.clone(), left(&content.files[number], &mut survives)))
            .collect()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            session.umount_and_join().unwrap();
        }
    }
}

struct Files {
    content: Arc<Mutex<Content>>,
    lies: bool,
}

impl Files {
    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap()
    }

    fn attributes(&self, number: u64) -> Option<FileAttr> {
        let size = match number {
            1 => 0,
            _ => self.content().files.get(&number)?.now.len() as u64,
        };
        Some(FileAttr {
            ino: INodeNo(number),
            size,
            blocks: size.div_ceil(512),
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind: if number == 1 {
                FileType::Directory
            } else {
                FileType::RegularFile
            },
            perm: if number == 1 { 0o700 } else { 0o600 },
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }
}

fn text(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

fn size_of(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

impl Filesystem for Files {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let number = self.content().names.get(&text(name)).copied();
        match number.and_then(|number| self.attributes(number)) {
            Some(attributes) => reply.entry(&KEPT, &attributes, Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.attributes(number.0) {
            Some(attributes) => reply.attr(&KEPT, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        number: INodeNo,
        _: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<fuser::TimeOrNow>,
        _: Option<fuser::TimeOrNow>,
        _: Option<std::time::SystemTime>,
        _: Option<FileHandle>,
        _: Option<std::time::SystemTime>,
        _: Option<std::time::SystemTime>,
        _: Option<std::time::SystemTime>,
        _: Option<fuser::BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        if let (Some(size), Some(file)) = (size, self.content().files.get_mut(&number.0)) {
            file.change(Change::Length(size_of(size)));
        }
        match self.attributes(number.0) {
            Some(attributes) => reply.attr(&KEPT, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn create(
        &self,
        _: &Request,
        _: INodeNo,
        name: &OsStr,
        _: u32,
        _: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        let number = self.content().add(&text(name));
        match self.attributes(number) {
            Some(attributes) => reply.created(
                &KEPT,
                &attributes,
                Generation(0),
                FileHandle(0),
                FopenFlags::empty(),
            ),
            None => reply.error(Errno::EIO),
        }
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE);
    }

    fn read(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let content = self.content();
        let Some(file) = content.files.get(&number.0) else {
            return reply.error(Errno::ENOENT);
        };
        let start = size_of(offset).min(file.now.len());
        let end = (start + size as usize).min(file.now.len());
        reply.data(&file.now[start..end]);
    }

    fn write(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: fuser::WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.content().files.get_mut(&number.0) {
            Some(file) => {
                file.change(Change::Write(size_of(offset), data.to_vec()));
                reply.written(u32::try_from(data.len()).unwrap());
            }
            None => reply.error(Errno::ENOENT),
        }
    }

    fn fsync(&self, _: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        if !self.lies
            && let Some(file) = self.content().files.get_mut(&number.0)
        {
            file.synchronise();
        }
        reply.ok();
    }

    fn fsyncdir(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        reply.ok();
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    // The journal of names is durable at once: SQLite synchronises the folder where it matters.
    fn unlink(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        match self.content().names.remove(&text(name)) {
            Some(_) => reply.ok(),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn rename(
        &self,
        _: &Request,
        _: INodeNo,
        name: &OsStr,
        _: INodeNo,
        new_name: &OsStr,
        _: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let mut content = self.content();
        match content.names.remove(&text(name)) {
            Some(number) => {
                content.names.insert(text(new_name), number);
                reply.ok();
            }
            None => reply.error(Errno::ENOENT),
        }
    }

    fn readdir(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let content = self.content();
        let entries = (1..).zip(&content.names).skip(size_of(offset));
        for (position, (name, number)) in entries {
            if reply.add(INodeNo(*number), position, FileType::RegularFile, name) {
                break;
            }
        }
        reply.ok();
    }
}
