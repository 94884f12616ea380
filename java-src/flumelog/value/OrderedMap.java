package flumelog.value;

import clojure.lang.APersistentMap;
import clojure.lang.IFn;
import clojure.lang.IKVReduce;
import clojure.lang.IMapEntry;
import clojure.lang.IObj;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.ISeq;
import clojure.lang.ITransientCollection;
import clojure.lang.ITransientMap;
import clojure.lang.Keyword;
import clojure.lang.MapEntry;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashMap;
import clojure.lang.PersistentVector;
import clojure.lang.RT;
import clojure.lang.Util;
import java.util.Iterator;

/**
 * A map of any size that keeps its entries in the order in which the keys were added, as JSON objects do. A look-up takes
 * as long as in a hash map. Removing a key takes time in proportion to the number of keys.
 */
@SuppressWarnings("serial")                                 // Clojure's maps and vectors are serializable, their interfaces are not
public final class OrderedMap extends APersistentMap implements IObj, IKVReduce {
  private static final long serialVersionUID = 1L;
  private static final Object NONE = new Object();

  private final transient IPersistentMap meta;
  private final IPersistentMap values;
  private final IPersistentVector order;

  private OrderedMap(IPersistentMap meta, IPersistentMap values, IPersistentVector order) {
    this.meta = meta;
    this.values = values;
    this.order = order;
  }

  /**
   * Makes a map of these keys and values. A small one is Clojure's array map. If a key occurs twice, its last value counts.
   *
   * @param keysAndValues keys and values by turns; the caller must not change the array later
   */
  public static IPersistentMap of(Object[] keysAndValues) {
    if (keysAndValues.length > 16) return large(keysAndValues);
    // cpu: two keywords that are not the same object are not equal, so that nothing need be called to compare them.
    return areDifferentKeywords(keysAndValues) ? new PersistentArrayMap(keysAndValues) : PersistentArrayMap.createAsIfByAssoc(keysAndValues);
  }

  private static boolean areDifferentKeywords(Object[] keysAndValues) {
    for (int i = 0; i < keysAndValues.length; i += 2) {
      if (!(keysAndValues[i] instanceof Keyword)) return false;
      for (int j = 0; j < i; j += 2) if (keysAndValues[i] == keysAndValues[j]) return false;
    }
    return true;
  }

  private static IPersistentMap large(Object[] keysAndValues) {
    ITransientMap values = PersistentHashMap.EMPTY.asTransient();
    ITransientCollection order = PersistentVector.EMPTY.asTransient();
    int count = 0;
    for (int i = 0; i < keysAndValues.length; i += 2) {
      values = values.assoc(keysAndValues[i], keysAndValues[i + 1]);
      if (values.count() == count) continue;              // the key was there
      order = order.conj(keysAndValues[i]);
      count++;
    }
    return new OrderedMap(null, values.persistent(), (IPersistentVector) order.persistent());
  }

  @Override
  public IPersistentMap assoc(Object key, Object value) {
    return new OrderedMap(meta, values.assoc(key, value), values.containsKey(key) ? order : order.cons(key));
  }

  @Override
  public IPersistentMap assocEx(Object key, Object value) {
    if (containsKey(key)) throw Util.runtimeException("Key already present");
    return assoc(key, value);
  }

  @Override
  public IPersistentMap without(Object key) {
    if (!containsKey(key)) return this;
    IPersistentVector left = PersistentVector.EMPTY;
    for (int i = 0; i < order.count(); i++) {
      if (!Util.equiv(order.nth(i), key)) left = left.cons(order.nth(i));
    }
    return new OrderedMap(meta, values.without(key), left);
  }

  @Override
  public boolean containsKey(Object key) {
    return values.containsKey(key);
  }

  @Override
  public IMapEntry entryAt(Object key) {
    return values.entryAt(key);
  }

  @Override
  public Object valAt(Object key) {
    return values.valAt(key);
  }

  @Override
  public Object valAt(Object key, Object notFound) {
    return values.valAt(key, notFound);
  }

  @Override
  public int count() {
    return order.count();
  }

  @Override
  public IPersistentMap empty() {
    return (IPersistentMap) PersistentArrayMap.EMPTY.withMeta(meta);
  }

  @Override
  public ISeq seq() {
    return RT.chunkIteratorSeq(iterator());
  }

  @Override
  public Iterator<Object> iterator() {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < order.count();
      }

      @Override
      public Object next() {
        Object key = order.nth(next++);
        return MapEntry.create(key, values.valAt(key));
      }
    };
  }

  @Override
  public Object kvreduce(IFn f, Object init) {
    Object acc = init;
    for (int i = 0; i < order.count(); i++) {
      Object key = order.nth(i);
      acc = f.invoke(acc, key, values.valAt(key, NONE));
      if (RT.isReduced(acc)) return ((clojure.lang.IDeref) acc).deref();
    }
    return acc;
  }

  @Override
  public IObj withMeta(IPersistentMap other) {
    return new OrderedMap(other, values, order);
  }

  @Override
  public IPersistentMap meta() {
    return meta;
  }
}
