import { VERSIONS } from './layout.js';

/** A Maven project that only copies: Kafka's jars to `kafka/`, the unpacked registry to `registry/`, beside the pom. */
export function renderPom(): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.sunbeon</groupId><artifactId>embedded</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    ${dependency('org.apache.kafka', `kafka_${VERSIONS.scala}`, VERSIONS.kafka)}
    ${dependency('org.apache.logging.log4j', 'log4j-core', VERSIONS.log4j)}
    ${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', VERSIONS.log4j)}
  </dependencies>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version>
    <executions>
      <execution>
        <id>kafka</id><phase>generate-resources</phase><goals><goal>copy-dependencies</goal></goals>
        <configuration>
          <includeScope>runtime</includeScope>
          <outputDirectory>\${project.basedir}/kafka</outputDirectory>
        </configuration>
      </execution>
      <execution>
        <id>registry</id><phase>generate-resources</phase><goals><goal>unpack</goal></goals>
        <configuration>
          <artifactItems><artifactItem>
            <groupId>io.apicurio</groupId><artifactId>apicurio-registry-app</artifactId>
            <version>${VERSIONS.registry}</version><type>tar.gz</type><classifier>all</classifier>
          </artifactItem></artifactItems>
          <outputDirectory>\${project.basedir}/registry</outputDirectory>
          <markersDirectory>\${project.basedir}/markers</markersDirectory>
        </configuration>
      </execution>
    </executions>
  </plugin></plugins></build>
</project>
`;
}

function dependency(group: string, artifact: string, version: string): string {
  const ids = `<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>`;
  return `<dependency>${ids}</dependency>`;
}
