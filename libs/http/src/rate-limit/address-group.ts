import ipaddr from 'ipaddr.js';

/** Groups of 16 bits that name the network of an IPv6 address; the other half is the customer's own to choose. */
const NETWORK_GROUPS = 4;

/** What counts as one address: an IPv4 address, also in its IPv6 form, or an IPv6 network of 64 bits. */
export function addressGroup(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  const network = (address as ipaddr.IPv6).parts.slice(0, NETWORK_GROUPS).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}
