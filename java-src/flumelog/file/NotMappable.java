package flumelog.file;

import java.io.IOException;

/** A file can't be mapped into memory, because its file system has no such thing or because there are no addresses left. */
public final class NotMappable extends IOException {
  private static final long serialVersionUID = 1L;

  /** @param said what the system said */
  public NotMappable(String said) {
    super(said);
  }
}
