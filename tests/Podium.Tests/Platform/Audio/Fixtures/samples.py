# every 61st sample of raw sound (float32, or float64 where that is said), its channels mixed into one
import array, subprocess, sys
channels = int(subprocess.check_output(['ffprobe', '-v', 'error', '-show_entries', 'stream=channels', '-of', 'csv=p=0', sys.argv[1]]).split()[0].strip(b','))
raw = array.array('d' if len(sys.argv) > 2 else 'f')
raw.frombytes(sys.stdin.buffer.read())
mixed = [sum(raw[i:i + channels]) / channels for i in range(0, len(raw) - channels + 1, channels)]
sys.stdout.buffer.write(array.array('f', [max(-1, min(1, sample)) for sample in mixed[::61]]).tobytes())
