// Healthy: primary of its set. At the first start there is no set yet, and this makes it.
const admin = new Mongo('mongodb://127.0.0.1:27017/?directConnection=true').getDB('admin');
admin.auth('root', process.env.MONGO_INITDB_ROOT_PASSWORD);
const { isreplicaset, isWritablePrimary, setName } = admin.hello();
if (isreplicaset) {
  admin.adminCommand({ replSetInitiate: { _id: 'chatlake', members: [{ _id: 0, host: 'mongodb:27017' }] } });
}
quit(setName === 'chatlake' && isWritablePrimary ? 0 : 1);
