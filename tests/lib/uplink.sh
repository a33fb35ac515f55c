# shellcheck shell=bash
# A host with one uplink and an internet behind it, for tests in a network namespace of their own. At port 8000 the server, the host and
# its loopback say hello; names are looked up at a resolver on the host's loopback. To a question it says the server's address, to whatever else
# it is asked, or to who connects, "an address".
server4=198.51.100.7 server6=2001:db8:7::7 host4=192.0.2.1 host6=2001:db8::1
uplink_servers=()

uplink_make() {
	ip link set lo up
	ip netns add internet
	ip link add uplink type veth peer name wire netns internet
	ip addr add $host4/24 dev uplink
	ip -6 addr add $host6/64 dev uplink nodad
	ip link set uplink up
	ip -n internet link set lo up
	ip -n internet addr add 192.0.2.2/24 dev wire
	ip -n internet -6 addr add 2001:db8::2/64 dev wire nodad
	ip -n internet link set wire up
	ip -n internet addr add $server4/32 dev lo
	ip -n internet -6 addr add $server6/128 dev lo nodad
	ip route add default via 192.0.2.2
	ip -6 route add default via 2001:db8::2
	# As a machine is that lends its IPv6 to others: with --system that is not switched on for it.
	sysctl -qw net.ipv6.conf.all.forwarding=1
	echo 'nameserver 127.0.0.53' >"$work/resolv.conf"
	mount --bind "$work/resolv.conf" /etc/resolv.conf
	ip netns exec internet python3 -c "$uplink_serve" >"$work/internet" &
	uplink_servers+=($!)
	python3 -c "$uplink_serve" names $server4 $server6 >"$work/host" &
	uplink_servers+=($!)
	until_true test -s "$work/internet" && until_true test -s "$work/host"
}

uplink_serve='import select, socket, struct, sys
def answer(query):
    if query[2:6] != b"\x01\x00\x00\x01":  # RFC 1035, 4.1.1: a standard query, one question
        return b"an address"
    end = query.index(b"\0", 12) + 5
    kind = struct.unpack("!H", query[end - 4:end - 2])[0]
    data = {1: socket.inet_pton(socket.AF_INET, sys.argv[2]), 28: socket.inet_pton(socket.AF_INET6, sys.argv[3])}.get(kind)
    record = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 1, len(data)) + data if data else b""
    return query[:2] + struct.pack("!HHHHH", 0x8180, 1, bool(data), 0, 0) + query[12:end] + record
tcp = socket.create_server(("::", 8000), family=socket.AF_INET6, dualstack_ipv6=True)
sockets = [tcp]
if sys.argv[1:2] == ["names"]:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.53", 53))
    names = socket.create_server(("127.0.0.53", 53))
    sockets += [udp, names]
print("ready", flush=True)
while True:
    for sock in select.select(sockets, [], [])[0]:
        if sock.type == socket.SOCK_STREAM:
            peer = sock.accept()[0]
            peer.sendall(b"hello" if sock is tcp else b"\x00\x0aan address")  # RFC 1035, 4.2.2: its length first
            peer.close()
        else:
            query, asker = udp.recvfrom(512)
            udp.sendto(answer(query), asker)'

uplink_end() {
	kill "${uplink_servers[@]}" 2>/dev/null
	wait "${uplink_servers[@]}" 2>/dev/null
	umount /etc/resolv.conf
	ip netns del internet
}
