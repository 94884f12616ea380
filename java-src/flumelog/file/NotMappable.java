package flumelog.file;

import java.io.IOException;

/** A file can't be mapped into memory. Its file system does not support that, or the process has no addresses left. */
public final class NotMappable extends IOException {
  private static final long serialVersionUID = 1L;

  /** @param said the system's message */
  public NotMappable(String said) {
    super(said);
  }
}
