package flumelog.run;

/** Says for each offset what becomes of it when segments are merged. */
public interface Keep {
  /** Keeps all as they are. */
  Keep ALL = offset -> offset;

  /** {@return the offset to write, or -1 for none; greater offsets have greater results} */
  long of(long offset);
}
