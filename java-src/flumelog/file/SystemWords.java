package flumelog.file;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Translates the system's messages back into English, with the translations of the GNU C library. That has a file for each
 * language, {@code <language>/LC_MESSAGES/libc.mo}.
 *
 * <pre>
 *   file  := magic revision count originals translations : int32 each ...    the last two are positions of tables
 *   table := (length position) * count                                       of texts, in the order of the originals
 * </pre>
 */
final class SystemWords {
  private static final List<String> FOLDERS = List.of("/usr/share/locale", "/usr/share/locale-langpack", "/run/current-system/sw/share/locale");
  private static final int MAGIC = 0x950412de;
  private static final int HEADER_BYTES = 20;

  private SystemWords() {}

  /** Returns the English message of which the text is a translation into a language of the user; null if it is of none. */
  static String english(String said, List<String> messages) {
    for (String language : languages()) {
      for (String folder : FOLDERS) {
        String english = english(said, messages, Path.of(folder, language, "LC_MESSAGES", "libc.mo"));
        if (english != null) return english;
      }
    }
    return null;
  }

  /** Returns the system's message for a full device, by writing to {@code /dev/full}; null if the system has no such device. */
  static String ofFullDevice() {
    File full = new File("/dev/full");
    if (!full.exists()) return null;
    try (FileOutputStream out = new FileOutputStream(full)) {
      out.write(0);
      return null;
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  /** Returns the languages of the user, the preferred ones first, for example {@code de_AT} and {@code de}. */
  static Set<String> languages() {
    Set<String> all = new LinkedHashSet<>();
    for (String variable : List.of("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")) {
      String value = System.getenv(variable);
      if (value == null) continue;
      for (String name : value.split(":")) {
        String plain = name.replaceAll("[.@].*", "");
        if (!plain.matches("[A-Za-z]{2,3}(_[A-Za-z]+)?")) continue;
        all.add(plain);
        all.add(plain.replaceAll("_.*", ""));
      }
    }
    return all;
  }

  static String english(String said, List<String> messages, Path translations) {
    try {
      if (!Files.isRegularFile(translations)) return null;
      ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(translations)).order(ByteOrder.LITTLE_ENDIAN);
      if (file.remaining() < HEADER_BYTES) return null;
      if (file.getInt(0) != MAGIC) file.order(ByteOrder.BIG_ENDIAN);
      if (file.getInt(0) != MAGIC) return null;
      return english(said, messages, file);
    } catch (IOException | RuntimeException e) {
      return null; // it can't be read, or has another format
    }
  }

  private static String english(String said, List<String> messages, ByteBuffer file) {
    int originals = file.getInt(12);
    int translations = file.getInt(16);
    Charset charset = charset(text(file, translations, 0, StandardCharsets.US_ASCII)); // entry 0 says how the others are encoded
    for (int i = 0; i < file.getInt(8); i++) {
      String original = text(file, originals, i, StandardCharsets.ISO_8859_1);
      if (messages.contains(original) && said.equals(text(file, translations, i, charset))) return original;
    }
    return null;
  }

  private static Charset charset(String header) {
    int at = header.indexOf("charset=");
    return at < 0 ? StandardCharsets.UTF_8 : Charset.forName(header.substring(at + 8).split("\\s", 2)[0]);
  }

  private static String text(ByteBuffer file, int table, int i, Charset charset) {
    byte[] bytes = new byte[file.getInt(table + 8 * i)];
    file.get(file.getInt(table + 8 * i + 4), bytes);
    return new String(bytes, charset);
  }
}
