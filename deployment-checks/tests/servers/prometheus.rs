//! A Prometheus server.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{
    process::{Folder, Process, free_port, loopback},
    programs::Programs,
};

#[derive(Debug, Clone, Default)]
pub(crate) struct PrometheusOptions {
    /// The text of `prometheus.yml`; empty for the defaults, which scrape nothing.
    pub(crate) config: String,
    /// Samples of the past as `OpenMetrics` text with timestamps in seconds, ending with `# EOF`.
    pub(crate) history: Option<String>,
    /// Further options, for example `--query.max-samples=10`.
    pub(crate) flags: Vec<String>,
}

impl PrometheusOptions {
    /// Scrapes `/metrics` of these addresses, every so many milliseconds.
    pub(crate) fn scraping(addresses: &[String], every: Duration) -> Self {
        let every = format!("{}ms", every.as_millis());
        let config = format!(
            "global: {{scrape_interval: {every}, scrape_timeout: {every}}}\n\
             scrape_configs: [{{job_name: tested, static_configs: [{{targets: {addresses:?}}}]}}]\n"
        );
        Self { config, ..Self::default() }
    }
}

/// A running server, or one that was told to stop.
#[derive(Debug)]
pub(crate) struct Prometheus {
    pub(crate) process: Process,
    port: u16,
}

impl Prometheus {
    pub(crate) async fn start(options: PrometheusOptions) -> Self {
        let programs = Programs::get();
        let folder = Folder::new("prometheus");
        let port = free_port();
        let data = folder.file("data");
        if let Some(history) = &options.history {
            let samples = folder.write("history", history);
            let mut command = programs.command(programs.prometheus.join("promtool"));
            let output =
                command.args(["tsdb", "create-blocks-from", "openmetrics", &samples, &data]).output().expect("promtool can be run");
            assert!(output.status.success(), "promtool: {}", String::from_utf8_lossy(&output.stderr));
        }
        let mut command = vec![programs.prometheus.join("prometheus").to_string_lossy().into_owned()];
        command.push(format!("--config.file={}", folder.write("prometheus.yml", &options.config)));
        command.push(format!("--storage.tsdb.path={data}"));
        // What a test gives as history may be of any age.
        command.push("--storage.tsdb.retention.time=100y".to_owned());
        command.push(format!("--web.listen-address=127.0.0.1:{port}"));
        command.extend(options.flags);
        let server = Self { process: Process::new(folder, &command, None), port };
        server.restart().await;
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it answers to a GET, headers and all. Gives up after five seconds.
    pub(crate) async fn get(&self, path: &str) -> Result<String, String> {
        let exchange = async {
            let mut stream = TcpStream::connect(loopback(self.port)).await?;
            stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").as_bytes()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        timeout(Duration::from_secs(5), exchange).await.map_err(|_| "no answer".to_owned())?.map_err(|error| error.to_string())
    }

    /// Nobody listens from now on.
    pub(crate) fn stop(&self) {
        self.process.stop();
    }

    /// Starts it again on the same port, with its data.
    pub(crate) async fn restart(&self) {
        let probe = || async { self.get("/-/ready").await.is_ok_and(|answer| answer.contains(" 200 ")) };
        self.process.start(probe).await.unwrap_or_else(|why| panic!("Prometheus: {why}"));
    }

    /// Accepts connections, answers nothing.
    pub(crate) fn pause(&self) {
        self.process.pause();
    }

    pub(crate) fn resume(&self) {
        self.process.resume();
    }
}
