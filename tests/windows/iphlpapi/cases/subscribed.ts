// Keeps the process by a subscription, or lets it end: `node subscribed.ts [unref]`. The timer does not keep it.

import { onIpInterfaceChange } from 'winsock/iphlpapi';

const subscription = onIpInterfaceChange(() => undefined);
if (process.argv[2] === 'unref') subscription.unref();
setTimeout(() => {
  console.log('still here');
  void subscription.close();
}, 300).unref();
