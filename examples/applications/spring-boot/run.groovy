// A clip over HTTP with its progress, a cancelled one, and a shutdown while a third is made.
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.util.concurrent.TimeUnit

def model = new File(basedir, '../../model'), photo = new File(basedir, '../../../rocket.jpg')
def log = new File(basedir, 'target/application.log')
def application = new ProcessBuilder("${System.getProperty('java.home')}/bin/java", '-XX:TieredStopAtLevel=1', '-jar', "$basedir/target/clips-1.jar",
        "--clips.model=$model", '--server.port=0', '--server.address=127.0.0.1').redirectErrorStream(true).redirectOutput(log).start()
try {
    def port = null
    for (int i = 0; port == null && application.alive && i < 1200; i++) {
        sleep(100)
        def found = log.text =~ /started on port (\d+)/
        port = found.find() ? found.group(1) : null
    }
    assert port != null: log.text
    def client = HttpClient.newHttpClient()
    def call = { String method, String path, byte[] body = new byte[0] ->
        client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:$port/clips$path"))
                .header('Content-Type', 'multipart/form-data; boundary=part')
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body)).build(), BodyHandlers.ofByteArray())
    }
    def submit = { byte[] picture ->
        def form = new ByteArrayOutputStream()
        form << '--part\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nthe camera zooms in\r\n'
        form << '--part\r\nContent-Disposition: form-data; name="photo"; filename="photo"\r\n\r\n'
        form << picture
        form << '\r\n--part--\r\n'
        call('POST', '', form.toByteArray())
    }
    def accepted = { new String(submit(photo.bytes).body()) }

    def refused = submit('no picture'.bytes)
    println "no picture: ${refused.statusCode()} ${new String(refused.body())}"
    assert refused.statusCode() == 400
    def id = accepted()
    def events = new String(call('GET', "/$id/events").body())
    def clip = call('GET', "/$id/clip.mp4")
    println "$id: ${events.count('event:progress')} events, ${clip.body().length} bytes"
    assert clip.statusCode() == 200 && clip.body()[4..7] as byte[] == 'ftyp'.bytes
    assert events.contains('event:progress')
    def cancelled = accepted()
    assert call('DELETE', "/$cancelled").statusCode() == 200
    20.times { accepted() }
    def get = { String path -> new URL("http://127.0.0.1:$port/actuator/$path").text }
    println get('health')
    assert get('health').contains('"clips"') && get('health').contains('"waiting"')
    assert get('metrics/fsvideo.jobs?tag=outcome:done') =~ /"COUNT","value":[1-9]/
} finally {
    application.destroy()
}
def began = System.nanoTime()
assert application.waitFor(30, TimeUnit.SECONDS): 'the application must end within its grace period'
println "ended with twenty clips to make after ${(System.nanoTime() - began).intdiv(1_000_000)} ms, exit ${application.exitValue()}"
assert application.exitValue() in [0, 143]
return true
