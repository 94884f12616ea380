package flumelog.file;

/**
 * The error that a load from a mapped file, or a store to it, leaves behind where the system could not do it: the file was
 * cut, or a page of it got no room on the disk. The JVM skips the instruction and throws an {@link InternalError}: since
 * JDK 21 at its next safepoint poll, before that when the thread next enters the VM, which may be much later.
 */
public final class MemoryFault {
  /** Volatile, so that the JIT can neither know the array's size nor drop the allocation. */
  private static volatile int one = 1;
  private static volatile Object made;

  private MemoryFault() {}

  /**
   * Throws the error that this thread's loads and stores have left, if any. The allocation of an array of arrays is a call
   * into the VM in the interpreter and in compiled code, which takes some 50 ns.
   *
   * @throws InternalError when a load or a store did not happen
   */
  public static void raise() {
    made = new byte[one][one];
  }
}
