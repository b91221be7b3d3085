import org.apache.activemq.broker.BrokerFactory;
import org.apache.activemq.broker.BrokerService;

/**
 * One ActiveMQ broker by a configuration file, the argument. What the file leaves open comes from -D options; passwords come from
 * the environment, since options are visible to every user of the machine.
 */
public final class LocalBroker {
  public static void main(String[] args) throws Exception {
    BrokerService broker = BrokerFactory.createBroker("xbean:file:" + args[0]);
    broker.start();
    broker.waitUntilStarted();
    System.out.println("READY " + BrokerService.class.getPackage().getImplementationVersion());
    broker.waitUntilStopped();
  }
}
