import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPublic } from './address.js';

describe('isPublic', () => {
  test.each([
    [
      '8.8.8.8',
      '1.1.1.1',
      '100.63.255.255',
      '100.128.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '192.167.1.1',
      '223.255.255.255',
    ],
    ['2606:4700:4700::1111', '2a00:1450::1', '::ffff:8.8.8.8', '::ffff:808:808'],
  ])('takes %s and its like', (...addresses) => {
    expect(addresses.filter((address) => !isPublic(address))).toEqual([]);
  });

  test.each([
    ['loopback', '127.0.0.1', '127.255.255.254', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '::ffff:7f00:1'],
    [
      'private',
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '100.64.0.1',
      'fc00::1',
      'fd12::1',
      '::ffff:10.1.2.3',
    ],
    ['a link', '169.254.1.1', 'fe80::1', 'fe80::1%eth0', '::ffff:169.254.1.1', 'fec0::1'],
    [
      'a cloud’s own',
      '169.254.169.254',
      '100.100.100.200',
      '168.63.129.16',
      '192.0.0.192',
      'fd00:ec2::254',
      '::ffff:a9fe:a9fe',
    ],
    ['a crowd', '224.0.0.1', '255.255.255.255', '240.0.0.1', 'ff02::1'],
    [
      'IPv4 in other clothes',
      '64:ff9b::a00:1',
      '64:ff9b:1::1',
      '2002:a00:1::',
      '2001:0:a00:1::',
      '::10.0.0.1',
      '::ffff:0:127.0.0.1',
    ],
    ['for books', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1', '198.18.0.1', '100::1'],
    ['no address', '', 'localhost', '127.1', '0x7f.0.0.1', '[::1]', '1.2.3.4.5'],
  ])('refuses %s', (_what, ...addresses) => {
    expect(addresses.filter((address) => isPublic(address))).toEqual([]);
  });

  test('says the same of an IPv4 address and its mapped form', () => {
    const high = (a: number, b: number): string => ((a << 8) | b).toString(16);
    fc.assert(
      fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)), ([a, b, c, d]) => {
        const plain = `${a}.${b}.${c}.${d}`;
        expect([isPublic(`::ffff:${plain}`), isPublic(`::ffff:${high(a, b)}:${high(c, d)}`)]).toEqual([isPublic(plain), isPublic(plain)]); // prettier-ignore
      }),
    );
  });
});
