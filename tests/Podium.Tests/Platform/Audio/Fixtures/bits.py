# bits.py in.mp3 out.mp3 directions|mixed: sets the bits of intensity stereo in most frames, or those of mixed blocks wherever blocks are short (MPEG-1)
import sys

source, target, what = sys.argv[1:4]
data = bytearray(open(source, 'rb').read())
RATES = {3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320], 2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]}


def bits(at, count):
    return int.from_bytes(data[at >> 3:(at >> 3) + 4], 'big') >> (32 - (at & 7) - count) & ((1 << count) - 1)


offset = number = 0
while offset + 4 <= len(data):
    version, code = data[offset + 1] >> 3 & 3, data[offset + 2] >> 4
    rate = [44100, 48000, 32000][data[offset + 2] >> 2 & 3] >> {3: 0, 2: 1, 0: 2}[version]
    length = (144000 if version == 3 else 72000) * RATES[3 if version == 3 else 2][code] // rate + (data[offset + 2] >> 1 & 1)
    if what == 'directions':
        data[offset + 3] = data[offset + 3] & 0x0f | (0x50 if number % 3 else 0x70)
    else:
        channels = 1 if data[offset + 3] >> 6 == 3 else 2
        at = (offset + 4) * 8 + 9 + (5 if channels == 1 else 3) + 4 * channels
        for granule in range(2 * channels):
            block = at + granule * 59 + 33
            if bits(block, 3) == 0b110:
                data[block + 3 >> 3] |= 1 << (7 - (block + 3 & 7))
    number += 1
    offset += length
open(target, 'wb').write(data)
