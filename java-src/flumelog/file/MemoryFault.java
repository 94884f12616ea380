package flumelog.file;

/**
 * The pending error of a load from a mapped file, or of a store to it, that the system could not do. Either the file was cut, or
 * a page of it got no space on the disk. The JVM skips the instruction and throws an {@link InternalError} later: since JDK 21
 * at the next safepoint poll, in older ones when the thread next enters the VM, which may be much later.
 */
public final class MemoryFault {
  /** Volatile, so that the JIT can neither know the array's size nor drop the allocation. */
  private static volatile int one = 1;
  private static volatile Object made;

  private MemoryFault() {}

  /**
   * Throws the pending error of this thread, if there is one. Does so by allocating an array of arrays, which enters the VM both
   * in the interpreter and in compiled code. That takes some 50 ns.
   *
   * @throws InternalError if a load or a store of this thread did not happen
   */
  public static void raise() {
    made = new byte[one][one];
  }
}
