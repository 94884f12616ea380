package flumelog.protect;

import flumelog.error.KeyFailures;

/**
 * Argon2id and scrypt, of Bouncy Castle. That library is optional, and the core is compiled without it, so its classes are looked
 * up by their names.
 */
final class MemoryHardKdf {
  private static final String DEPENDENCY = "org.bouncycastle/bcprov-jdk18on {:mvn/version \"1.87\"}";
  private static final String PACKAGE = "org.bouncycastle.crypto.";
  private static final int ARGON2ID = 2;
  private static final int ARGON2_VERSION_13 = 0x13;

  private MemoryHardKdf() {}

  /** Throws if the library is missing: before a log is made that needs it. */
  static void checkIsThere(Kdf.Function function) {
    try {
      Class.forName(PACKAGE + "generators.SCrypt");
    } catch (ClassNotFoundException e) {
      throw KeyFailures.missingLibrary(function.optionValue(), DEPENDENCY, e);
    }
  }

  static byte[] key(byte[] passphrase, Kdf kdf) {
    try {
      return kdf.function() == Kdf.Function.SCRYPT ? scrypt(passphrase, kdf) : argon2id(passphrase, kdf);
    } catch (ClassNotFoundException | NoClassDefFoundError e) {
      throw KeyFailures.missingLibrary(kdf.function().optionValue(), DEPENDENCY, e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this version of Bouncy Castle can't be used, but 1.87 can", e);
    }
  }

  private static byte[] scrypt(byte[] passphrase, Kdf kdf) throws ReflectiveOperationException {
    return (byte[]) Class.forName(PACKAGE + "generators.SCrypt")
        .getMethod("generate", byte[].class, byte[].class, int.class, int.class, int.class, int.class)
        .invoke(null, passphrase, kdf.salt(), 1 << kdf.cost(0), kdf.cost(1), kdf.cost(2), KeySource.KEY_BYTES);
  }

  private static byte[] argon2id(byte[] passphrase, Kdf kdf) throws ReflectiveOperationException {
    Class<?> generatorClass = Class.forName(PACKAGE + "generators.Argon2BytesGenerator");
    Object generator = generatorClass.getConstructor().newInstance();
    generatorClass.getMethod("init", Class.forName(PACKAGE + "params.Argon2Parameters")).invoke(generator, parameters(kdf));
    byte[] key = new byte[KeySource.KEY_BYTES];
    generatorClass.getMethod("generateBytes", byte[].class, byte[].class).invoke(generator, passphrase, key);
    return key;
  }

  private static Object parameters(Kdf kdf) throws ReflectiveOperationException {
    Class<?> builderClass = Class.forName(PACKAGE + "params.Argon2Parameters$Builder");
    Object builder = builderClass.getConstructor(int.class).newInstance(ARGON2ID);
    builderClass.getMethod("withSalt", byte[].class).invoke(builder, kdf.salt());
    set(builder, "withVersion", ARGON2_VERSION_13);
    set(builder, "withMemoryPowOfTwo", kdf.cost(0));
    set(builder, "withIterations", kdf.cost(1));
    set(builder, "withParallelism", kdf.cost(2));
    return builderClass.getMethod("build").invoke(builder);
  }

  private static void set(Object builder, String name, int value) throws ReflectiveOperationException {
    builder.getClass().getMethod(name, int.class).invoke(builder, value);
  }
}
