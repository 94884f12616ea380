package flumelog.key;

import clojure.lang.BigInt;
import clojure.lang.Numbers;
import clojure.lang.Ratio;
import flumelog.error.OptionFailures;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Numbers by value, whatever their class, and exactly.
 *
 * <pre>
 *   number   := double(int64) (0 | 1 fraction)    the greatest double that is not above the absolute value, and what it is exactly
 *   fraction := quotient* end                     the continued fraction of the absolute value
 *   quotient := bytes(uint8) byte*                or 254 bytes(int32) byte*; the 2nd, 4th ... quotient and end are inverted
 *   end      := 255
 * </pre>
 *
 * <p>A continued fraction [a; b, c ...] grows with its first quotient, falls with its second, and so on; where it ends, the next
 * quotient counts as greater than all. Every rational number has exactly one whose last quotient is not 1.
 */
final class NumberKey {
  private static final int END = 255;
  private static final int LONG_QUOTIENT = 254;
  private static final long EXACT = 1L << 53;
  /** The most digits before and after the point. */
  private static final int MOST_DIGITS = 10000;

  private NumberKey() {}

  static void write(Number number, KeyWriter out) {
    if (number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte) {
      write(number.longValue(), out);
    } else if (number instanceof Double || number instanceof Float) {
      write(number.doubleValue(), out);
    } else if (number instanceof BigInt big) {
      write(big.toBigInteger(), BigInteger.ONE, out);
    } else if (number instanceof BigInteger big) {
      write(big, BigInteger.ONE, out);
    } else if (number instanceof BigDecimal decimal) {
      write(decimal, out);
    } else if (number instanceof Ratio ratio) {
      write(ratio.numerator, ratio.denominator, out);
    } else if (number instanceof AtomicLong || number instanceof AtomicInteger) {
      write(number.longValue(), out);
    } else {
      throw KeyWriter.refused(number);
    }
  }

  private static void write(long number, KeyWriter out) {
    if (number > EXACT || number < -EXACT) write(BigInteger.valueOf(number), BigInteger.ONE, out);
    else write((double) number, out);
  }

  private static void write(double number, KeyWriter out) {
    if (Double.isNaN(number)) throw OptionFailures.badArgument("key", number, "a number that has a place among others, which NaN has not");
    int start = out.size() + 1;
    out.put(number < 0 ? KeyWriter.NEGATIVE : KeyWriter.POSITIVE).int64(Double.doubleToRawLongBits(Math.abs(number))).put(0);
    if (number < 0) out.invert(start);
  }

  private static void write(BigDecimal number, KeyWriter out) {
    BigDecimal plain = number.stripTrailingZeros();
    if (Math.abs((long) plain.scale()) > MOST_DIGITS || plain.precision() > MOST_DIGITS) {
      throw OptionFailures.badArgument("key", number, "a number of at most " + MOST_DIGITS + " digits before and after the point");
    }
    BigInteger ten = BigInteger.TEN.pow(Math.abs(plain.scale()));
    if (plain.scale() > 0) write(plain.unscaledValue(), ten, out);
    else write(plain.unscaledValue().multiply(ten), BigInteger.ONE, out);
  }

  /** Writes a fraction, whose denominator is above 0. */
  private static void write(BigInteger numerator, BigInteger denominator, KeyWriter out) {
    BigInteger top = numerator.abs();
    double below = below(top, denominator);
    boolean isExact = isEqual(below, top, denominator);
    if (isExact) {
      write(numerator.signum() < 0 ? -below : below, out);
      return;
    }
    int start = out.size() + 1;
    out.put(numerator.signum() < 0 ? KeyWriter.NEGATIVE : KeyWriter.POSITIVE).int64(Double.doubleToRawLongBits(below)).put(1);
    fraction(top, denominator, out);
    if (numerator.signum() < 0) out.invert(start);
  }

  /** The greatest double that is not above a fraction. */
  private static double below(BigInteger top, BigInteger bottom) {
    double near = near(top, bottom);
    if (Double.isInfinite(near)) near = Double.MAX_VALUE;
    while (near > 0 && compare(near, top, bottom) > 0) near = Math.nextDown(near);
    while (near < Double.MAX_VALUE && compare(Math.nextUp(near), top, bottom) <= 0) near = Math.nextUp(near);
    return near;
  }

  /** A double that is next to a fraction, or is it. */
  private static double near(BigInteger top, BigInteger bottom) {
    if (bottom.equals(BigInteger.ONE)) return top.doubleValue();
    // 64 bits of the quotient, so that what is cut off is less than a double can hold.
    int shift = 64 - (top.bitLength() - bottom.bitLength());
    BigInteger quotient = shift >= 0 ? top.shiftLeft(shift).divide(bottom) : top.divide(bottom.shiftLeft(-shift));
    return Math.scalb(Math.scalb(quotient.doubleValue(), -shift / 2), -shift + shift / 2);
  }

  private static boolean isEqual(double number, BigInteger top, BigInteger bottom) {
    return compare(number, top, bottom) == 0;
  }

  private static int compare(double number, BigInteger top, BigInteger bottom) {
    long bits = Double.doubleToRawLongBits(number);
    int exponent = (int) (bits >> 52);
    long significand = exponent == 0 ? bits : bits & (1L << 52) - 1 | 1L << 52;
    int shift = Math.max(exponent, 1) - 1075;
    BigInteger left = BigInteger.valueOf(significand).multiply(bottom);
    return shift >= 0 ? left.shiftLeft(shift).compareTo(top) : left.compareTo(top.shiftLeft(-shift));
  }

  private static void fraction(BigInteger top, BigInteger bottom, KeyWriter out) {
    boolean isInverted = false;
    while (bottom.signum() != 0) {
      BigInteger[] divided = top.divideAndRemainder(bottom);
      int start = out.size();
      quotient(divided[0], out);
      if (isInverted) out.invert(start);
      isInverted = !isInverted;
      top = bottom;
      bottom = divided[1];
    }
    out.put(isInverted ? ~END : END);
  }

  private static void quotient(BigInteger quotient, KeyWriter out) {
    int bytes = (quotient.bitLength() + 7) / 8;
    if (bytes < LONG_QUOTIENT) out.put(bytes);
    else out.put(LONG_QUOTIENT).put(bytes >> 24).put(bytes >> 16).put(bytes >> 8).put(bytes);
    byte[] all = quotient.toByteArray(); // may begin with a byte for the sign
    for (int i = all.length - bytes; i < all.length; i++) out.put(all[i]);
  }

  static Number read(KeyReader in, int inverted) {
    double below = Double.longBitsToDouble(in.int64(inverted));
    if (in.next(inverted) == 0) return whole(inverted == 0 ? below : -below);
    BigInteger[] topAndBottom = readFraction(in, inverted);
    BigInteger top = inverted == 0 ? topAndBottom[0] : topAndBottom[0].negate();
    return number(top, topAndBottom[1]);
  }

  /** The long or BigInt of the value of a double, or the double. */
  private static Number whole(double number) {
    if (Double.isInfinite(number) || number != Math.rint(number)) return number;
    return Numbers.reduceBigInt(BigInt.fromBigInteger(new BigDecimal(number).toBigInteger()));
  }

  private static Number number(BigInteger top, BigInteger bottom) {
    if (bottom.equals(BigInteger.ONE)) return Numbers.reduceBigInt(BigInt.fromBigInteger(top));
    BigInteger rest = bottom;
    int twos = rest.getLowestSetBit();
    rest = rest.shiftRight(twos);
    int fives = 0;
    BigInteger five = BigInteger.valueOf(5);
    for (BigInteger[] d = rest.divideAndRemainder(five); d[1].signum() == 0; d = rest.divideAndRemainder(five)) {
      rest = d[0];
      fives++;
    }
    if (!rest.equals(BigInteger.ONE)) return new Ratio(top, bottom);
    return new BigDecimal(top).divide(new BigDecimal(bottom), Math.max(twos, fives), RoundingMode.UNNECESSARY);
  }

  /** Reads the quotients and puts them together: each convergent is made of the two before it. */
  private static BigInteger[] readFraction(KeyReader in, int inverted) {
    BigInteger top = BigInteger.ONE, bottom = BigInteger.ZERO, topBefore = BigInteger.ZERO, bottomBefore = BigInteger.ONE;
    for (int flip = inverted; ; flip ^= 0xFF) {
      int bytes = in.next(flip);
      if (bytes == END) return new BigInteger[] {top, bottom};
      if (bytes == LONG_QUOTIENT) bytes = in.next(flip) << 24 | in.next(flip) << 16 | in.next(flip) << 8 | in.next(flip);
      byte[] magnitude = new byte[bytes];
      for (int i = 0; i < bytes; i++) magnitude[i] = (byte) in.next(flip);
      BigInteger quotient = new BigInteger(1, magnitude);
      BigInteger newTop = quotient.multiply(top).add(topBefore);
      BigInteger newBottom = quotient.multiply(bottom).add(bottomBefore);
      topBefore = top;
      bottomBefore = bottom;
      top = newTop;
      bottom = newBottom;
    }
  }
}
