import java.io.File;
import java.util.List;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.region.policy.IndividualDeadLetterStrategy;
import org.apache.activemq.broker.region.policy.PolicyEntry;
import org.apache.activemq.broker.region.policy.PolicyMap;
import org.apache.activemq.security.AuthenticationUser;
import org.apache.activemq.security.SimpleAuthenticationPlugin;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.apache.activemq.store.kahadb.disk.journal.Journal.JournalDiskSyncStrategy;

/**
 * One ActiveMQ broker on loopback, durable, with one user.
 * Arguments: data directory, STOMP port, STOMP-over-WebSocket port. The user and the password come from
 * CHATLAKE_STOMP_LOGIN and CHATLAKE_STOMP_PASSCODE: arguments are visible to every user of the machine.
 */
public final class LocalBroker {
  public static void main(String[] args) throws Exception {
    BrokerService broker = new BrokerService();
    broker.setBrokerName("chatlake");
    broker.setUseJmx(false);
    broker.setSchedulerSupport(false);
    broker.setDataDirectory(args[0]);
    broker.setPersistenceAdapter(store(args[0]));
    broker.setDestinationPolicy(policy());
    AuthenticationUser user =
        new AuthenticationUser(required("CHATLAKE_STOMP_LOGIN"), required("CHATLAKE_STOMP_PASSCODE"), "users");
    broker.setPlugins(new BrokerPlugin[] {new SimpleAuthenticationPlugin(List.of(user))});
    broker.addConnector("stomp://127.0.0.1:" + args[1] + "?allowLinkStealing=true");
    broker.addConnector(
        "ws://127.0.0.1:" + args[2] + "?allowLinkStealing=true&websocket.maxTextMessageSize=1048576");
    broker.start();
    broker.waitUntilStarted();
    System.out.println("READY " + BrokerService.class.getPackage().getImplementationVersion());
    broker.waitUntilStopped();
  }

  private static KahaDBPersistenceAdapter store(String directory) {
    KahaDBPersistenceAdapter store = new KahaDBPersistenceAdapter();
    store.setDirectory(new File(directory, "kahadb"));
    store.setJournalMaxFileLength(32 << 20);
    // an acknowledged SEND must survive a crash of the machine
    store.setJournalDiskSyncStrategy(JournalDiskSyncStrategy.ALWAYS.name());
    return store;
  }

  /** Queues only: a memory limit on topics lets an offline durable subscriber block every producer. */
  private static PolicyMap policy() {
    IndividualDeadLetterStrategy deadLetters = new IndividualDeadLetterStrategy();
    deadLetters.setQueuePrefix("DLQ.");
    PolicyEntry queues = new PolicyEntry();
    queues.setQueue(">");
    queues.setMaxPageSize(20000);
    queues.setDeadLetterStrategy(deadLetters);
    PolicyMap policy = new PolicyMap();
    policy.setPolicyEntries(List.of(queues));
    return policy;
  }

  private static String required(String name) {
    String value = System.getenv(name);
    if (value == null || value.isEmpty()) throw new IllegalStateException(name + " is not set");
    return value;
  }
}
