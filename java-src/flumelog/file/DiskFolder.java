package flumelog.file;

import flumelog.error.Suggestion;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A folder of the file system. */
public final class DiskFolder implements LogFolder {
  private static final long BOOT = linuxBoot();

  /** Every file system allows names of this many chars. Those that encrypt names allow 143 bytes, most others 255. */
  private static final int ALWAYS_ALLOWED = 100;

  /** How many names of the folder are compared to find the nearest one. */
  private static final int MOST_NAMES = 10000;

  /** The names of files that lie beside a log and are not logs themselves. */
  private static final String BESIDE = ".*\\.(lock|checkpoint|deletions|buffer.*|torn-.*|compact-part|part)";

  private final Path folder;
  /** The folder as a File, for {@link #exists}; null for the working directory. */
  private final File directory;
  /** Whether a file was seen in the folder. If the folder is missing later, it was moved, and must not be created again. */
  private volatile boolean isKnown;

  /** @param folder the folder, or null for the working directory */
  public DiskFolder(Path folder) {
    this.folder = folder == null ? Path.of("") : folder;
    this.directory = this.folder.toString().isEmpty() ? null : folder.toFile();
  }

  @Override
  public ReadableFile openForReading(String name) throws IOException {
    ReadableFile file = ChannelFile.openForReading(folder.resolve(name));
    isKnown = true;
    return file;
  }

  @Override
  public LogFile openForWriting(String name) throws IOException {
    Path path = folder.resolve(name);
    if (!isKnown && !exists(name)) createFolderOf(path);
    LogFile file = ChannelFile.openForWriting(path);
    isKnown = true;
    return file;
  }

  @Override
  public boolean exists(String name) {
    // start-up: not Files.exists, which makes an exception for each file that is not there.
    boolean found = new File(directory, name).exists();
    if (found) isKnown = true;
    return found;
  }

  @Override
  public boolean isFolder(String name) {
    return new File(directory, name).isDirectory();
  }

  @Override
  public boolean allows(String name) {
    return name.length() < ALWAYS_ALLOWED || isName(name) || !isName("a");
  }

  /** Whether the system can look for the name. If even a short name fails, the folder is at fault and not the name. */
  private boolean isName(String name) {
    try {
      Files.readAttributes(folder.resolve(name), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return true;
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException | InvalidPathException e) {
      return false;
    }
  }

  @Override
  public String nearest(String name) {
    try (Stream<Path> files = Files.list(folder)) {
      return Suggestion.ofFile(name, files.limit(MOST_NAMES).filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString()).filter(found -> !found.matches(BESIDE)).toList());
    } catch (IOException | UncheckedIOException e) {
      return null; // there is no such folder, or it can't be read
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(folder.resolve(from), folder.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    force(folder.toAbsolutePath());
  }

  @Override
  public void delete(String name) throws IOException {
    Files.delete(folder.resolve(name));
  }

  @Override
  public void makeAlike(String name, String model) throws IOException {
    Permissions.make(folder.resolve(name), folder.resolve(model));
  }

  @Override
  public void createLike(String name, LogFolder of, String model) throws IOException {
    if (!(of instanceof DiskFolder there) || exists(name)) return;
    createFolderOf(folder.resolve(name));
    Permissions.create(folder.resolve(name), there.folder.resolve(model));
  }

  @Override
  public LogFile openPart(String name, String log) throws IOException {
    createLike(name, this, log);
    return ChannelFile.openUnforced(folder.resolve(name));
  }

  @Override
  public boolean isMountedAlone(String name) {
    return MountPoint.is(folder.resolve(name));
  }

  @Override
  public SharedMemory share(String name, int bytes) throws IOException {
    return MappedMemory.create(folder.resolve(name), bytes);
  }

  @Override
  public Stamp stamp(String name) throws IOException {
    try {
      Map<String, Object> known = Files.readAttributes(folder.resolve(name), "unix:ino,size,lastModifiedTime,ctime");
      long taken = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
      // Without the number of the device, which may change at a restart of the machine.
      return new Stamp((Long) known.get("ino"), (Long) known.get("size"), nanos(known.get("lastModifiedTime")),
          nanos(known.get("ctime")), taken);
    } catch (UnsupportedOperationException e) {
      return Stamp.NONE;
    }
  }

  private static long nanos(Object time) {
    return ((FileTime) time).to(TimeUnit.NANOSECONDS);
  }

  @Override
  public long boot() {
    return BOOT & -1L << Integer.SIZE | Integer.toUnsignedLong(Mounts.stampOf(folder));
  }

  @Override
  public WriterLock lock(String name, LogFile file) throws IOException {
    return KernelLock.take(folder.resolve(name), (ChannelFile) file, BOOT);
  }

  @Override
  public String path(String name) {
    return folder.resolve(name).toString();
  }

  /** Returns the folder of a file. */
  static Path of(Path file) {
    return file.toAbsolutePath().getParent();
  }

  /** Makes the names in a folder durable. Does nothing on Windows, which can't open a folder as a file. */
  static void force(Path folder) throws IOException {
    if (ChannelFile.IS_WINDOWS) return;
    try (ChannelFile names = ChannelFile.openForReading(folder)) {
      names.force();
    }
  }

  /** Creates an empty file, unless another process creates it at the same time. */
  static void createFile(Path path) throws IOException {
    try {
      Files.createFile(path);
    } catch (FileAlreadyExistsException e) {
      // It is there.
    } catch (IOException e) {
      throw FullDisk.named(path, e);
    }
  }

  /** Creates the folder of a file, and the folders above it, if they are missing. Their names are on disk when this returns. */
  private static void createFolderOf(Path path) throws IOException {
    try {
      createFolder(of(path));
    } catch (IOException e) {
      throw FullDisk.named(path, e);
    }
  }

  private static void createFolder(Path folder) throws IOException {
    if (Files.exists(folder)) return;
    createFolder(folder.getParent());
    Files.createDirectories(folder);
    force(folder.getParent());
  }

  private static long linuxBoot() {
    try (FileInputStream in = new FileInputStream("/proc/sys/kernel/random/boot_id")) {
      return UUID.fromString(new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip()).getMostSignificantBits();
    } catch (IOException | IllegalArgumentException e) {
      return 0; // not Linux, or /proc is hidden
    }
  }
}
